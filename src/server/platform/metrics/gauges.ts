/** Gauges whose values are read when somebody asks for /metrics, and not before. */
import { Gauge, type Registry } from 'prom-client';

export interface GaugeSpec {
  readonly name: string;
  readonly help: string;
  /** Undefined: there is no value now, and none is shown. */
  readonly read: () => number | undefined | Promise<number | undefined>;
}

export interface LabelledGaugeSpec<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
  /** Labels and value of each line; what was shown before and is not read any more is gone. */
  readonly read: () => Iterable<readonly [Record<L, string>, number]>;
}

export function registerGauge(registry: Registry, { name, help, read }: GaugeSpec): void {
  const show = (value: number | undefined): void => {
    if (value === undefined) gauge.remove();
    else gauge.set(value);
  };
  const gauge: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const value = read();
      return value instanceof Promise ? value.then(show) : show(value);
    },
  });
}

export function registerGauges<L extends string>(registry: Registry, spec: LabelledGaugeSpec<L>): void {
  const { name, help, labels, read } = spec;
  const gauge: Gauge<L> = new Gauge<L>({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const [own, value] of read()) gauge.set(own as Partial<Record<L, string>>, value);
    },
  });
}

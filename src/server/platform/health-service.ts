/** `grpc.health.v1.Health`, for load balancers, probes and the hub's monitor. */
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import { type Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/grpc/health/v1/health_pb.js';

export interface HealthServiceOptions {
  /** Whether a service (full name; empty for the whole server) is served now; `undefined` if there is no such service. */
  readonly isServing: (service: string) => boolean | undefined;
  /** Calls `listener` after every change; returns how to stop that. */
  readonly onChange: (listener: () => void) => () => void;
  /** Ends every Watch after a last NOT_SERVING: an endless call must not use up the time that a stop has. */
  readonly stopping?: AbortSignal;
}

export function createHealthService(options: HealthServiceOptions): ServiceImpl<typeof Health> {
  const statusOf = (service: string): Status | undefined => {
    const serving = options.isServing(service);
    if (serving === undefined) return undefined;
    return serving && !options.stopping?.aborted ? Status.SERVING : Status.NOT_SERVING;
  };
  return {
    check({ service }) {
      const status = statusOf(service);
      if (status === undefined) throw new ConnectError(`unknown service "${service.slice(0, 80)}"`, Code.NotFound);
      return { status };
    },
    async *watch({ service }, context) {
      const changes = changesUntil(context, options);
      try {
        let sent: Status | undefined;
        do {
          const status = statusOf(service) ?? Status.SERVICE_UNKNOWN;
          if (status !== sent) yield { status };
          sent = status;
        } while (!options.stopping?.aborted && (await changes.next()));
      } finally {
        changes.stop();
      }
    },
  };
}

/** Waits for changes; those that come while nobody waits count as one. */
function changesUntil(context: HandlerContext, { onChange, stopping }: HealthServiceOptions) {
  let changed = false;
  let wake: (() => void) | undefined;
  const note = () => {
    changed = true;
    wake?.();
  };
  const unsubscribe = onChange(note);
  context.signal.addEventListener('abort', note, { once: true });
  stopping?.addEventListener('abort', note, { once: true });
  return {
    /** Whether to look again; `false` when the caller is gone. */
    async next(): Promise<boolean> {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      changed = false;
      return !context.signal.aborted;
    },
    stop() {
      unsubscribe();
      context.signal.removeEventListener('abort', note);
      stopping?.removeEventListener('abort', note);
    },
  };
}

/** What systemctl does on the machines of a sandbox: units are processes of the suite, and run what ops/systemd says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child } from '../child.ts';
import type { Processes } from '../processes.ts';
import type { Machine } from './machines.ts';

interface Unit {
  /** What it logs once `systemctl start` may return. */
  readonly ready: string;
  /** What is added to its command here. */
  readonly more?: (machine: Machine) => string[];
}

const UNITS: Readonly<Record<string, Unit>> = {
  'vigo-hub': { ready: 'ready' },
  'vigo-spoke': { ready: 'ready' },
  'vigo-agent': { ready: 'checked in', more: ({ dir }) => ['--root', dir] },
};
const UNIT_FILES = join(import.meta.dirname, '../../../ops/systemd');

export interface Units {
  /** As `systemctl` with these arguments on this machine. Throws what it would say on stderr. */
  systemctl(machine: Machine, args: readonly string[]): Promise<string>;
  /** The process of a unit; undefined if it was never started there. */
  process(machine: Machine, unit: string): Child | undefined;
}

export interface UnitsOptions {
  readonly processes: Processes;
  readonly env: NodeJS.ProcessEnv;
  /** The text of a file; undefined if it does not exist. */
  readonly read: (path: string) => Promise<string | undefined>;
}

export function createUnits({ processes, env, read }: UnitsOptions): Units {
  const children = new Map<string, Child>();
  const keyOf = (machine: Machine, unit: string) => `${unit} on ${machine.name}`;
  const childOf = (machine: Machine, unit: string) => children.get(keyOf(machine, unit));

  const start = async (machine: Machine, name: string): Promise<void> => {
    const unit = UNITS[name];
    if (!unit) throw new Error(`there is no unit ${name}`);
    if (childOf(machine, name)?.running) return;
    const file = await readFile(join(UNIT_FILES, `${name}.service`), 'utf8');
    const setting = (key: string) => new RegExp(`^${key}=-?(.+)$`, 'm').exec(file)?.[1];
    const [, ...args] = (setting('ExecStart') ?? '')
      .split(' ')
      .map((arg) => (arg.startsWith('/') ? machine.path(arg) : arg));
    const variables = setting('EnvironmentFile');
    const own = variables === undefined ? undefined : await read(machine.path(variables));
    const assigned = Object.fromEntries((own ?? '').split('\n').flatMap(assignment));
    const command = [...args, ...(unit.more?.(machine) ?? [])];
    const child = processes.start(keyOf(machine, name), command, { env: { ...env, ...assigned } });
    children.set(keyOf(machine, name), child);
    await child.waitForLog(unit.ready, ({ msg }) => msg === unit.ready, { timeoutMs: 30_000 });
  };
  const stop = async (machine: Machine, name: string): Promise<void> => {
    const child = childOf(machine, name);
    if (!child?.running) return;
    const { code } = await processes.stop(child);
    if (code !== 0) throw new Error(`${keyOf(machine, name)} ended with ${code}: ${child.stderr()}`);
  };

  return {
    process: childOf,
    async systemctl(machine, [verb, ...rest]) {
      const now = rest.includes('--now');
      const [name = ''] = rest.filter((arg) => !arg.startsWith('--'));
      const child = childOf(machine, name);
      if (verb === 'stop' || verb === 'restart' || (verb === 'disable' && now)) await stop(machine, name);
      if (verb === 'start' || verb === 'restart' || (verb === 'enable' && now)) await start(machine, name);
      else if (verb === 'reload') child?.signal('SIGHUP');
      else if (verb === 'status') return `${child?.running ? 'active (running)' : 'inactive (dead)'}\n`;
      else if (verb !== 'stop' && verb !== 'disable') throw new Error(`systemctl ${verb} is not in the sandbox`);
      return '';
    },
  };
}

/** `NAME=value`. */
function assignment(line: string): [string, string][] {
  const [, name, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
  return name === undefined ? [] : [[name, value]];
}

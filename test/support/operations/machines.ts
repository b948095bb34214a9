/**
 * Machines that are directories: each stands for "/" of one, and has ports of this machine where its host name is dialled.
 * A text of the page becomes one for here: its paths lead into the directory, its host names to the ports.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerPorts } from '../fleet-config.ts';

export interface Machine {
  readonly name: string;
  readonly dir: string;
  /** Where "/srv/vigo" of this machine is. */
  path(path: string): string;
}

export interface Machines {
  readonly all: readonly Machine[];
  /** The machine that bears this host name. */
  named(name: string): Machine;
  /** The host name leads there from now on, and what is dialled under it stays the same. */
  point(name: string, to: string): void;
  /** What is typed on `machine`. Throws if it would touch anything outside of the sandbox. */
  place(text: string, machine: Machine): string;
}

/** Of every machine its own; /mnt is a share. */
const OWN = ['srv', 'etc', 'var', 'root'];
const PATH = /(?<![\w.~/-])\/(srv|etc|var|root|mnt)(?=[/\s'")]|$)/gm;
/** What a shell takes for an absolute path, between spaces, quotes and operators. */
const ABSOLUTE = /^\/(?!dev\/)[\w.-]+(\/|$)/;
const BETWEEN = /[\s'"=()<>;|&]+/;

/** `addresses`: host names that are dialled. */
export function createMachines(
  dir: string,
  names: readonly string[],
  addresses: ReadonlyMap<string, ServerPorts>,
): Machines {
  const share = join(dir, 'share');
  const machines = new Map(names.map((name) => [name, createMachine(join(dir, 'machines', name), name, share)]));
  const named = (name: string): Machine => {
    const machine = machines.get(name);
    if (!machine) throw new Error(`the page names ${name}, and there is no such machine`);
    return machine;
  };
  const addressOf = (_: string, name: string, port?: string): string => {
    const ports = addresses.get(name) as ServerPorts;
    if (port === undefined) return '127.0.0.1';
    const real = { 1530: ports.grpc, 8443: ports.api, 9530: ports.metrics }[Number(port)];
    if (real === undefined) throw new Error(`the page names port ${port} of ${name}`);
    return `127.0.0.1:${real}`;
  };
  const hosts = new RegExp(`(?<![\\w.-])(${[...addresses.keys()].join('|').replaceAll('.', '\\.')})(?::(\\d+))?`, 'g');
  return {
    all: [...machines.values()],
    named,
    point: (name, to) => void machines.set(name, named(to)),
    place(text, machine) {
      const placed = text.replace(hosts, addressOf).replace(PATH, (path) => machine.path(path));
      const left = placed.split(BETWEEN).filter((word) => ABSOLUTE.test(word) && !word.startsWith(`${dir}/`));
      if (left.length > 0) throw new Error(`the page names ${left.join(', ')}, which is not of the sandbox:\n${text}`);
      return placed;
    },
  };
}

function createMachine(dir: string, name: string, share: string): Machine {
  const path = (path: string) => (path.startsWith('/mnt') ? join(share, path) : join(dir, path));
  for (const each of [...OWN.map((own) => `/${own}`), '/mnt/backup']) mkdirSync(path(each), { recursive: true });
  return { name, dir, path };
}

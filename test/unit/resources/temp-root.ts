/** A directory that stands in for "/", and runs of single resources below it. */
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { converge, type ResourceReport } from '../../../src/agent/convergence/converge.ts';
import { createHost } from '../../../src/agent/host/host.ts';
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import { RESOURCE_TYPES } from '../../../src/resources/index.ts';
import type { Spec } from '../../../src/resources/resource-type.ts';
import { owedInMemory } from '../../support/owed.ts';

/** Where tools of the system are, also for ordinary users. */
export const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Whether this machine has all of these programs. */
export function hasTools(...names: string[]): boolean {
  const has = (name: string) =>
    TOOL_PATH.split(delimiter).some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return names.every(has);
}

export interface TempRoot {
  readonly root: string;
  /** One resource, once; `path`: where programs are looked for. */
  converge(
    type: string,
    spec: Spec,
    options?: { path?: string; clock?: Clock; root?: string },
  ): Promise<ResourceReport>;
  /** "changed: it is not there; ok": outcome and message of each of two runs. */
  twice(type: string, spec: Spec, options?: { path?: string }): Promise<string>;
  write(path: string, content: string, mode?: number): Promise<void>;
  read(path: string): Promise<string>;
  /** All paths below, sorted. */
  tree(): Promise<string[]>;
}

/** Call inside `describe`: a fresh one for each of its tests. */
export function useTempRoot(): TempRoot {
  const state = { root: '' };
  beforeEach(async () => {
    state.root = await realpath(await mkdtemp(join(tmpdir(), 'vigo-root-')));
  });
  afterEach(() => rm(state.root, { recursive: true, force: true }));
  const told = ({ outcome, message }: ResourceReport) => (message === '' ? outcome : `${outcome}: ${message}`);
  const run: TempRoot['converge'] = async (type, spec, { path = TOOL_PATH, clock = systemClock, root } = {}) => {
    const { signal } = new AbortController();
    const host = createHost({ root: root ?? state.root, blob: async () => undefined, signal, path, clock });
    const resources = [{ id: 'a/x', type, spec, dependsOn: [], notify: [] }];
    const [report] = await converge({ resources, types: RESOURCE_TYPES, host, owed: owedInMemory(), clock, signal });
    return report!;
  };
  return {
    get root() {
      return state.root;
    },
    converge: run,
    async twice(type, spec, options) {
      return [told(await run(type, spec, options)), told(await run(type, spec, options))].join('; ');
    },
    async write(path, content, mode = 0o644) {
      await mkdir(dirname(join(state.root, path)), { recursive: true });
      await writeFile(join(state.root, path), content, { mode });
    },
    read: (path) => readFile(join(state.root, path), 'utf8'),
    tree: async () => (await readdir(state.root, { recursive: true })).sort(),
  };
}

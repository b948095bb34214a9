/** The machine that an agent runs on, as resource types see it. */
import type { Clock } from '../../platform/clock.ts';
import type { ResourceHost } from '../../resources/resource-host.ts';
import { createHostCommands } from './host-commands.ts';
import { createHostFiles } from './host-files.ts';

export interface HostOptions {
  /** "/", or a directory that stands in for it. */
  readonly root: string;
  /** Path of a file of the bundle, by lower-case hex SHA-256; undefined if the agent does not have it. */
  readonly blob: (sha256: string) => Promise<string | undefined>;
  /** Ends running programs. */
  readonly signal: AbortSignal;
  /** Where programs are looked for. */
  readonly path?: string;
  readonly clock: Clock;
}

export function createHost(options: HostOptions): ResourceHost {
  const files = createHostFiles(options);
  const commands = createHostCommands(options);
  const idIn = async (database: 'passwd' | 'group', name: string): Promise<number | undefined> => {
    const text = new TextDecoder().decode(await files.read(`/etc/${database}`).catch(() => new Uint8Array()));
    const own = text.split('\n').find((line) => line.startsWith(`${name}:`));
    if (own !== undefined) return Number(own.split(':')[2]);
    // Those of a directory service, which the machine itself knows and a root of its own does not.
    if (options.root !== '/' || !(await commands.hasProgram('getent'))) return undefined;
    const { exitCode, stdout } = await commands.run('getent', [database, '--', name]);
    return exitCode === 0 ? Number(stdout.split(':')[2]) : undefined;
  };
  return {
    root: options.root,
    ...files,
    ...commands,
    userId: (name) => idIn('passwd', name),
    groupId: (name) => idIn('group', name),
  };
}

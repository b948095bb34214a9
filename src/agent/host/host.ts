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
  const idIn = async (file: string, name: string): Promise<number | undefined> => {
    const text = new TextDecoder().decode(await files.read(file).catch(() => new Uint8Array()));
    for (const line of text.split('\n')) {
      const [entry, , id] = line.split(':');
      if (entry === name) return Number(id);
    }
    return undefined;
  };
  return {
    root: options.root,
    ...files,
    ...createHostCommands(options),
    userId: (name) => idIn('/etc/passwd', name),
    groupId: (name) => idIn('/etc/group', name),
  };
}

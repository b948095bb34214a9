/** A server's published tree on a disk of its own, in a process that a test can kill between any two of its steps. */
import { mkdir } from 'node:fs/promises';
import type { Clock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { LiveConfig } from '../../src/server/live/live-config.ts';
import { openLiveConfig } from '../../src/server/live/open-live-config.ts';
import type { KillSwitch } from './kill-switch.ts';

export interface MemoryLiveOptions {
  readonly dataDir: string;
  readonly life: KillSwitch;
  readonly clock: Clock;
  /** Before it takes in a version; may wait, and may throw. */
  readonly onReceive?: (version: string) => Promise<void> | undefined;
}

export async function openMemoryLive({ dataDir, life, clock, onReceive }: MemoryLiveOptions): Promise<LiveConfig> {
  await mkdir(dataDir, { recursive: true });
  const live: LiveConfig = await openLiveConfig({ dataDir, clock: life.clock(clock), logger: silentLogger });
  /** Before and after: what it did is on disk, whether the process lived to know or not. */
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    life.step();
    const result = await work();
    life.step();
    return result;
  };
  return {
    get current() {
      return live.current;
    },
    stage: (...args) => step(() => live.stage(...args)),
    stageFiles: (files) => step(() => live.stageFiles(files)),
    activate: (staged) => step(() => live.activate(staged)),
    receive: (...args) =>
      step(async () => {
        await onReceive?.(args[0].version);
        return live.receive(...args);
      }),
    archive: (version) => step(() => live.archive(version)),
    keepOnly: (versions) => step(() => live.keepOnly(versions)),
    onSwitch: (listener) => live.onSwitch(listener),
  };
}

/** Bundles that are ready to be sent, the least recently used forgotten first. */
import type { Bundle } from '../../../gen/vigo/v1/agent_pb.js';

export interface ReadyBundle {
  readonly bundle: Bundle;
  /** SHA-256 of the encoded bundle. */
  readonly digest: Buffer;
  /** Bytes of the encoded bundle. */
  readonly size: number;
  /** Lower-case hex digests of the files that it names. */
  readonly files: ReadonlySet<string>;
}

export interface BundleCache {
  get(key: string): ReadyBundle | undefined;
  put(key: string, ready: ReadyBundle): void;
  clear(): void;
}

/** `maxBytes`: of all encoded bundles together; in memory they take a few times as much. */
export function createBundleCache(maxBytes: number): BundleCache {
  // A map remembers in which order its keys were set.
  const entries = new Map<string, ReadyBundle>();
  let bytes = 0;
  const drop = (key: string): void => {
    bytes -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const ready = entries.get(key);
      if (!ready) return undefined;
      entries.delete(key);
      entries.set(key, ready);
      return ready;
    },
    put(key, ready) {
      drop(key);
      if (ready.size > maxBytes) return;
      entries.set(key, ready);
      bytes += ready.size;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        drop(oldest);
      }
    },
    clear() {
      entries.clear();
      bytes = 0;
    },
  };
}

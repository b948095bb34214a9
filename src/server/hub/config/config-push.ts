/** Gives one version to one spoke. */
import { VigoError } from '../../../fleet/errors.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import { uploadOf } from '../../../rpc/archive-upload.ts';
import type { LiveConfig } from '../../live/live-config.ts';
import type { PartitionLink } from '../partition-links.ts';

/** A spoke that takes no chunk for so long is given up: on the slowest line worth having a chunk takes a tenth of it. */
const STALL_MS = 20_000;
/** From the last chunk to the answer: 100,000 files have to be written. */
const ANSWER_MS = 120_000;
/** The largest archive over a line of 1 Mbit/s. */
const TOTAL_MS = 15 * 60_000;

export interface ConfigPush {
  readonly link: PartitionLink;
  readonly version: string;
  readonly live: Pick<LiveConfig, 'archive'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves when the spoke serves it. Throws what keeps it from that, or the signal's reason. */
export async function pushConfig({ link, version, live, clock, signal }: ConfigPush): Promise<{ unchanged: boolean }> {
  const archive = await live.archive(version);
  const patience = createPatience(clock, link.spec.id, signal);
  const messages = uploadOf({ version, size: archive.size }, watched(archive.chunks(), patience));
  try {
    const call = link.client.syncConfig(messages, { signal: patience.signal, timeoutMs: TOTAL_MS });
    const answer = await Promise.race([call, patience.lost]);
    if (answer.configVersion !== version) {
      const instead = answer.configVersion ? `version ${answer.configVersion.slice(0, 12)}` : 'none';
      throw new VigoError('ARCHIVE_INVALID', `spoke ${link.spec.id} took the configuration, but serves ${instead}`);
    }
    return { unchanged: answer.unchanged };
  } catch (error) {
    // What the transport makes of an abort says less than its reason.
    throw patience.signal.aborted ? patience.signal.reason : error;
  } finally {
    patience.end();
    // A spoke may answer in the middle: what is left of the archive is not read, and its file must be closed.
    void messages.return(undefined).catch(() => {});
  }
}

interface Patience {
  readonly signal: AbortSignal;
  /** Rejects when the signal aborts. */
  readonly lost: Promise<never>;
  /** Something has happened: from now on, so many milliseconds more. */
  extend(ms: number): void;
  end(): void;
}

function createPatience(clock: Clock, spoke: string, parent: AbortSignal): Patience {
  const stalled = new AbortController();
  const signal = AbortSignal.any([stalled.signal, parent]);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  const onAbort = () => lost.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  let timer: Timer | undefined;
  let ended = false;
  const extend = (ms: number): void => {
    timer?.cancel();
    if (ended) return;
    timer = clock.after(ms, () =>
      stalled.abort(new VigoError('TIMEOUT', `spoke ${spoke} took no more of the configuration for ${ms / 1000} s`)),
    );
  };
  extend(STALL_MS);
  const end = (): void => {
    ended = true;
    timer?.cancel();
  };
  return { signal, lost: lost.promise, extend, end };
}

async function* watched(chunks: AsyncIterable<Uint8Array>, patience: Patience): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    patience.extend(STALL_MS);
    yield chunk;
  }
  patience.extend(ANSWER_MS);
}

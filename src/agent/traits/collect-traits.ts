/** Asks all collectors; one that fails costs only its own part. */
import type { JsonObject } from '@bufbuild/protobuf';
import { messageOf } from '../../fleet/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { canonicalJson } from './digest.ts';
import type { TraitCollector } from './trait-collector.ts';

/** What a server takes, see `traits_json` in the protocol. */
const MAX_TRAITS_BYTES = 64 * 1024;
// A file system of a machine that is gone can hang for ever.
const MAX_COLLECT_MS = 5_000;

export interface CollectTraitsOptions {
  readonly collectors: readonly TraitCollector[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Never rejects, and never has more than fits into a check-in. */
export async function collectTraits({ collectors, clock, logger }: CollectTraitsOptions): Promise<JsonObject> {
  const parts = await Promise.allSettled(collectors.map((collector) => inTime(clock, collector)));
  const traits: JsonObject = {};
  let bytes = 2;
  for (const [index, part] of parts.entries()) {
    const failed = (error: string) =>
      logger.error({ collector: collectors[index]?.name, error }, 'traits not collected');
    if (part.status === 'rejected') {
      failed(messageOf(part.reason));
      continue;
    }
    const size = Buffer.byteLength(canonicalJson(part.value));
    if (bytes + size > MAX_TRAITS_BYTES) {
      failed(`${size} bytes do not fit: all traits together may have ${MAX_TRAITS_BYTES}`);
      continue;
    }
    bytes += size;
    Object.assign(traits, part.value);
  }
  return traits;
}

async function inTime(clock: Clock, collector: TraitCollector): Promise<JsonObject> {
  const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
  const timer = clock.after(MAX_COLLECT_MS, () => reject(new Error(`not done within ${MAX_COLLECT_MS} ms`)));
  // Inside a promise, so that a collector that throws is the same as one that rejects.
  Promise.resolve()
    .then(() => collector.collect())
    .then(resolve, reject);
  try {
    return await promise;
  } finally {
    timer.cancel();
  }
}

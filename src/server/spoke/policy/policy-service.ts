/** The calls of `AgentService` by which an agent gets its policy. */
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { AgentService } from '../../../gen/vigo/v1/agent_pb.js';
import type { AgentGates } from '../agent-gates.ts';
import type { EnvoyEntry, EnvoyIndex } from '../envoy-index.ts';
import type { PartitionMetrics } from '../metrics/partition-metrics.ts';
import { servedEnvoy } from '../served-envoy.ts';
import { parseTraits } from '../traits.ts';
import type { ReadyBundle } from './bundle-cache.ts';
import type { Bundles } from './bundles.ts';

const CHUNK_BYTES = 256 * 1024;

export interface PolicyServiceOptions {
  readonly bundles: Bundles;
  readonly index: EnvoyIndex;
  readonly gates: Pick<AgentGates, 'getBundle' | 'fetchFile'>;
  readonly counted: Pick<PartitionMetrics, 'bundles' | 'fileBytes'>;
}

export function createPolicyService(
  options: PolicyServiceOptions,
): Pick<ServiceImpl<typeof AgentService>, 'getBundle' | 'fetchFile'> {
  const { bundles, index, gates, counted } = options;
  const bundleOf = (entry: EnvoyEntry, traitsJson: Uint8Array): ReadyBundle | undefined =>
    bundles.bundleFor({ hostname: entry.hostname, traits: parseTraits(entry.hostname, traitsJson) });

  return {
    getBundle(request, context) {
      const ready = bundleOf(servedEnvoy(index, gates.getBundle(context)), request.traitsJson);
      const unchanged = ready?.digest.equals(request.haveDigest);
      counted.bundles[ready ? (unchanged ? 'unchanged' : 'sent') : 'unpublished'].add();
      if (!ready) return {};
      const { version: configVersion } = bundles;
      const { digest, bundle } = ready;
      return unchanged ? { configVersion, digest } : { configVersion, digest, bundle };
    },
    async *fetchFile(request, context) {
      const { peer, sending } = gates.fetchFile(context);
      using _sending = sending;
      const entry = servedEnvoy(index, peer);
      const sha256 = Buffer.from(request.sha256).toString('hex');
      // Files may be secrets of others: an envoy gets what its own policy names.
      const named = bundleOf(entry, request.traitsJson)?.files.has(sha256);
      const content = named ? bundles.file(sha256) : undefined;
      if (!content) {
        throw new VigoError('INVALID_ARGUMENT', `the policy of ${entry.hostname} names no file with digest ${sha256}`);
      }
      for (let start = 0; start < content.length || start === 0; start += CHUNK_BYTES) {
        context.signal.throwIfAborted();
        const chunk = content.subarray(start, start + CHUNK_BYTES);
        yield { chunk };
        counted.fileBytes.add(chunk.length);
      }
    },
  };
}

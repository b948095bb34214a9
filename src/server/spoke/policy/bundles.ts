/**
 * From the published tree to what one envoy should be like.
 *
 * Envoys of the same rule whose templates read the same values share a bundle, so that a fleet of equal machines costs one.
 */
import { createHash } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { messageOf } from '../../../fleet/errors.ts';
import { type Bundle, BundleSchema } from '../../../gen/vigo/v1/agent_pb.js';
import type { Logger } from '../../../platform/logger.ts';
import type { EnvoyFacts, Policy } from '../../../stacks/policy.ts';
import type { PolicyResolver } from '../../../stacks/policy-resolver.ts';
import type { StacksFiles } from '../../../stacks/stacks-files.ts';
import { createBundleCache, type ReadyBundle } from './bundle-cache.ts';

/** What an agent accepts in one answer. */
const MAX_BUNDLE_BYTES = 16 * 1024 * 1024 - 4096;
/** A bundle of a hundred resources has some 30 KiB. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** The published tree, as far as bundles need it. */
export interface PolicySource {
  readonly current: { readonly version: string; readonly files: StacksFiles } | undefined;
  onSwitch(listener: (tree: { readonly version: string; readonly files: StacksFiles }) => void): void;
}

export interface BundlesOptions {
  readonly source: PolicySource;
  /** A tree made ready for resolving. Throws if it is not valid; trees were checked when they were published. */
  readonly open: (files: StacksFiles) => PolicyResolver;
  readonly logger: Logger;
}

export interface Bundles {
  /** Of what is served; empty if nothing is. */
  readonly version: string;
  /** Undefined if nothing is published. */
  bundleFor(envoy: EnvoyFacts): ReadyBundle | undefined;
  /** Undefined if no file of the tree has this content. */
  file(sha256: string): Uint8Array | undefined;
}

export function createBundles({ source, open, logger }: BundlesOptions): Bundles {
  const cache = createBundleCache(CACHE_BYTES);
  let version = '';
  let resolver: PolicyResolver | undefined;
  let broken = '';

  source.onSwitch((tree) => {
    cache.clear();
    version = tree.version;
    broken = '';
    try {
      resolver = open(tree.files);
    } catch (error) {
      // Published by a program that knows more than this one: envoys must hear of it, not silently keep what they have.
      resolver = undefined;
      broken = `this spoke cannot use the published configuration: ${messageOf(error)}`;
      logger.error({ version, error: messageOf(error) }, 'published configuration cannot be used');
    }
  });

  return {
    get version() {
      return version;
    },
    bundleFor(envoy) {
      if (version === '') return undefined;
      if (!resolver) return ready(unusable(broken));
      const key = resolver.fingerprint(envoy);
      const known = cache.get(key);
      if (known) return known;
      const made = ready(bundleOf(resolver.resolve(envoy)));
      const kept = made.size > MAX_BUNDLE_BYTES ? ready(unusable(`its policy has ${made.size} bytes, too many`)) : made;
      cache.put(key, kept);
      return kept;
    },
    file: (sha256) => resolver?.fileByDigest(sha256),
  };
}

const unusable = (error: string): Bundle => create(BundleSchema, { error });

function bundleOf(policy: Policy): Bundle {
  const encoder = new TextEncoder();
  return create(BundleSchema, {
    environment: policy.environment,
    error: policy.error,
    resources: policy.resources.map(({ id, type, spec, dependsOn, notify }) => ({
      id,
      type,
      specJson: encoder.encode(sortedJson(spec)),
      dependsOn: [...dependsOn],
      notify: [...notify],
    })),
    files: policy.files.map(({ sha256, size }) => ({ sha256: Buffer.from(sha256, 'hex'), size })),
  });
}

/** The same object gives the same text, whatever order its keys were set in. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}

function ready(bundle: Bundle): ReadyBundle {
  const bytes = toBinary(BundleSchema, bundle);
  return {
    bundle,
    digest: createHash('sha256').update(bytes).digest(),
    size: bytes.length,
    files: new Set(bundle.files.map(({ sha256 }) => Buffer.from(sha256).toString('hex'))),
  };
}

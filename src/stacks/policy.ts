/** What one envoy should be like. */
import type { Spec } from '../resources/resource-type.ts';

/** What a policy depends on beside the tree. */
export interface EnvoyFacts {
  readonly hostname: string;
  /** As the agent reported them: JSON. */
  readonly traits: Readonly<Record<string, unknown>>;
}

export interface PolicyResource {
  readonly id: string;
  readonly type: string;
  /** Rendered. A template has become `content`, a source `content_sha256`. */
  readonly spec: Spec;
  readonly dependsOn: readonly string[];
  readonly notify: readonly string[];
}

export interface PolicyFile {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface Policy {
  readonly environment: string;
  /** Everything behind what it depends on. */
  readonly resources: readonly PolicyResource[];
  /** Contents that resources name by digest. */
  readonly files: readonly PolicyFile[];
  /** Why there is no policy for this envoy; empty if there is one. */
  readonly error: string;
}

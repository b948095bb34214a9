/** A tree that was read and found right. */
import type { Spec } from '../resources/resource-type.ts';

export interface StacksResource {
  /** "configcrate/name", unique in the tree. */
  readonly id: string;
  readonly type: string;
  /** As written: templates are not rendered yet. */
  readonly spec: Spec;
  /** Ids. */
  readonly dependsOn: readonly string[];
  readonly notify: readonly string[];
}

export interface Configcrate {
  readonly name: string;
  readonly resources: readonly StacksResource[];
}

export interface Role {
  readonly name: string;
  readonly configcrates: readonly string[];
}

/** What envoys of some host names get. The first rule that matches counts. */
export interface EnvoyRule {
  /** Glob over host names. */
  readonly match: string;
  /** Empty if none. */
  readonly environment: string;
  readonly roles: readonly string[];
  readonly configcrates: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
}

export interface Stacks {
  readonly configcrates: ReadonlyMap<string, Configcrate>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly rules: readonly EnvoyRule[];
}

/**
 * What every resource type is made of. A type is one file in this folder: what people write in stacks (its attributes), and how an
 * agent finds out and puts right what they describe. Types touch the machine only through `ResourceHost`, so that servers check
 * stacks with the same declarations that agents act on.
 */
import type { ResourceHost } from './resource-host.ts';

/** What an attribute may hold. */
export type AttributeKind =
  /** Any text. */
  | 'text'
  /** An absolute path on the envoy, without `..`. */
  | 'path'
  /** Octal permissions in quotes, such as "0644". */
  | 'mode'
  | 'boolean'
  /** A whole number that is not negative. */
  | 'number'
  /** A list of texts. */
  | 'texts'
  /** Any YAML value that is also JSON. */
  | 'json'
  /** A file under `templates/`. */
  | 'template-file'
  /** A file under `files/`. */
  | 'source-file';

export interface Attribute {
  readonly kind: AttributeKind;
  /** For the documentation: one line. */
  readonly summary: string;
  readonly required?: boolean;
  /** The only values that a text may have. */
  readonly oneOf?: readonly string[];
}

/** What people wrote: attribute → value, each of its kind. */
export type Spec = Readonly<Record<string, unknown>>;

/** A rule between attributes that is broken. */
export interface SpecProblem {
  /** The attribute that it is about. */
  readonly attribute: string;
  readonly message: string;
}

export interface ResourceType {
  /** What people write behind `type:`. */
  readonly name: string;
  /** One line, for the documentation. */
  readonly summary: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Rules between attributes. */
  validate?(spec: Spec): SpecProblem | undefined;
  /** What tells two resources of this type apart, and names those without a name: the path of a file. */
  identify(spec: Spec): string;
  /**
   * Looks, and changes nothing: what is not as it should be, in words, or undefined. `spec` is as a policy has it, templates
   * rendered. Throws if it cannot be found out.
   */
  inspect(spec: Spec, host: ResourceHost): Promise<string | undefined>;
  /** Puts it right: `inspect` must find nothing then. Throws if it cannot. */
  apply(spec: Spec, host: ResourceHost): Promise<void>;
  /** Called once behind all resources if one that notifies this one has changed; what was done, in words. */
  trigger?(spec: Spec, host: ResourceHost): Promise<string>;
}

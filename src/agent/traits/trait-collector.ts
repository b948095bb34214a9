/** One sort of fact about the machine. */
import type { JsonObject } from '@bufbuild/protobuf';

/**
 * Facts must not flicker: traits are sent whenever they change, so free memory, load and the like have no place here.
 */
export interface TraitCollector {
  /** For logs. */
  readonly name: string;
  /** The top-level keys that it contributes; no other collector has the same. */
  collect(): Promise<JsonObject> | JsonObject;
}

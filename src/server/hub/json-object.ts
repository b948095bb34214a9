/** Narrows what `JSON.parse` gives. */
import type { JsonObject } from '@bufbuild/protobuf';

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

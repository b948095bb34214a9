/** Facts that an agent reported, as rows of a table: "os.release" = "9.4". */
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

export interface Trait {
  readonly name: string;
  readonly value: string;
}

/** Names in order. Lists of plain values stay on one row. */
export function flattenTraits(traits: JsonObject): Trait[] {
  const rows: Trait[] = [];
  const walk = (name: string, value: JsonValue): void => {
    if (Array.isArray(value) && value.every((each) => each === null || typeof each !== 'object')) {
      rows.push({ name, value: value.map(textOf).join(', ') });
    } else if (value !== null && typeof value === 'object' && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) walk(`${name}.${key}`, inner);
    } else rows.push({ name, value: textOf(value) });
  };
  for (const [name, value] of Object.entries(traits)) walk(name, value);
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Those whose name or value contains the text, whatever the case. */
export function searchTraits(traits: readonly Trait[], text: string): Trait[] {
  const wanted = text.trim().toLowerCase();
  return traits.filter(({ name, value }) => `${name}\n${value}`.toLowerCase().includes(wanted));
}

/**
 * Takes Node's one-line form of subject alternative names apart: `DNS:a.example, URI:"x, y", IP Address:::1`.
 *
 * Node writes a value with unusual characters as a JSON string, so that a comma inside a name cannot pass for the start
 * of the next one. Splitting at commas would bring that trick back.
 */

export interface SubjectAltName {
  /** As Node calls it: `DNS`, `URI`, `IP Address`, `email`, `DirName`, … */
  readonly type: string;
  readonly value: string;
  /** The value held characters that no name of ours has. */
  readonly quoted: boolean;
}

const ENTRY = /([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?:, |$)/y;

/** All names; an empty list without any; `undefined` when the text is not of the known form, which no caller may trust. */
export function subjectAltNames(text: string | undefined): readonly SubjectAltName[] | undefined {
  const names: SubjectAltName[] = [];
  if (!text) return names;
  const entry = new RegExp(ENTRY);
  while (entry.lastIndex < text.length) {
    const [, type, quoted, plain] = entry.exec(text) ?? [];
    if (type === undefined) return undefined;
    names.push({ type, value: quoted ?? plain ?? '', quoted: quoted !== undefined });
  }
  return names;
}

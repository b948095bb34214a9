/** The lines of a unified difference, with the numbers that they have in both files. */

export interface DiffLine {
  readonly kind: 'hunk' | 'added' | 'removed' | 'same' | 'note';
  readonly text: string;
  /** Line in the older file; undefined if it has none. */
  readonly before?: number | undefined;
  /** Line in the newer file; undefined if it has none. */
  readonly after?: number | undefined;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

export function diffLines(unified: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let before = 0;
  let after = 0;
  for (const line of unified.replace(/\n$/, '').split('\n')) {
    const text = line.slice(1);
    const hunk = HUNK.exec(line);
    if (hunk) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      lines.push({ kind: 'hunk', text: line });
    } else if (line.startsWith('+')) lines.push({ kind: 'added', text, after: after++ });
    else if (line.startsWith('-')) lines.push({ kind: 'removed', text, before: before++ });
    else if (line.startsWith('\\')) lines.push({ kind: 'note', text: text.trim() });
    else if (line.startsWith(' ')) lines.push({ kind: 'same', text, before: before++, after: after++ });
    else if (line !== '') lines.push({ kind: 'note', text: line });
  }
  return lines;
}

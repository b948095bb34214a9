/** docs/operations.md as something to follow: its procedures, and in each the blocks in their order. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Block {
  /** Heading of the second level. */
  readonly procedure: string;
  /** Heading of the third level; empty before the first. */
  readonly part: string;
  readonly language: string;
  /** Of the page, where it begins. */
  readonly line: number;
  /** Its first line, without the comment sign: where it is to be done. */
  readonly where: string;
  readonly text: string;
}

export interface Page {
  readonly text: string;
  readonly blocks: readonly Block[];
}

const PAGE = join(import.meta.dirname, '../../../docs/operations.md');
/** Followed by tests of their own. */
const ELSEWHERE = ['Install', 'Bootstrap an envoy', 'systemd'];

export async function readPage(): Promise<Page> {
  const text = await readFile(PAGE, 'utf8');
  return { text, blocks: blocksOf(text).filter(({ procedure }) => !ELSEWHERE.includes(procedure)) };
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let procedure = '';
  let part = '';
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (open && fence) {
      const [first = '', ...rest] = open.lines;
      const body = open.language === 'sh' ? rest : open.lines;
      blocks.push({ procedure, part, ...open, where: first.replace(/^# /, ''), text: `${body.join('\n')}\n` });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language: fence[1] ?? '', line: index + 1, lines: [] };
    else if (line.startsWith('## ')) [procedure, part] = [line.slice(3), ''];
    else if (line.startsWith('### ')) part = line.slice(4);
  }
  return blocks;
}

/** What a block promises, in the comments behind its commands. */
export const promisesOf = ({ text }: Block) => ({
  /** Printed by one of its commands. */
  prints: [...text.matchAll(/# prints "([^"]+)"/g)].map(([, what]) => what ?? ''),
  /** To be waited for behind the command; it has to be seen before anything goes on. */
  goOn: [...text.matchAll(/# go on when (.+)$/gm)].map(([, what]) => what ?? ''),
});

/** A run that waits for a server, as one file: named so that files sort as runs happened, and told from one that was cut off. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Run, RunSchema } from '../../gen/vigo/v1/types_pb.js';

const NAME = /^(\d{12})-([0-9a-f-]{36})\.run$/;
/** Base64 and the end of a line: what a full disk or a crash of the machine has cut off lacks the end. */
const CONTENT = /^[A-Za-z0-9+/]+={0,2}\n$/;

export function runFileName(sequence: number, id: string): string {
  return `${String(sequence).padStart(12, '0')}-${id}.run`;
}

/** What `runFileName` was given; undefined for other names. */
export function parseRunFileName(name: string): { readonly sequence: number; readonly id: string } | undefined {
  const [, sequence, id = ''] = NAME.exec(name) ?? [];
  return sequence === undefined ? undefined : { sequence: Number(sequence), id };
}

export function encodeRunFile(run: Run): string {
  return `${Buffer.from(toBinary(RunSchema, run)).toString('base64')}\n`;
}

/** Throws if `content` is not whole, or not the run that `name` says. */
export function decodeRunFile(name: string, content: string): Run {
  if (!CONTENT.test(content)) throw new Error('it is empty or cut off');
  const run = fromBinary(RunSchema, Buffer.from(content, 'base64'));
  if (run.id !== parseRunFileName(name)?.id) throw new Error('it holds another run than its name says');
  return run;
}

/** Programs that were started as a group of their own: what they print, and ending all of them. */
import type { ChildProcess } from 'node:child_process';

/** What `stream` has given so far, as text; what is beyond `maxBytes` is read and thrown away. */
export function collectOutput(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Ends it with everything that it started and that has not left its group. Never throws. */
export function killGroup({ pid }: Pick<ChildProcess, 'pid'>): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

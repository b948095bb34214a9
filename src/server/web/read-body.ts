/** Reads a small request body, all of it into memory. */
import { VigoError } from '../../fleet/errors.ts';
import type { HttpRequest } from '../platform/http-json.ts';

/** What comes beyond the limit is thrown away, so that the refusal is heard; a peer that sends so much more is not listening. */
const MAX_DISCARDED_BYTES = 1024 * 1024;

/** Throws MESSAGE_TOO_LARGE; rejects if the request ends before it is complete. Its slowness is bounded by the listener. */
export function readBody(request: HttpRequest, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const refuse = () => {
      chunks = [];
      reject(new VigoError('MESSAGE_TOO_LARGE', `the body of this request is too large: at most ${maxBytes} bytes`));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes + MAX_DISCARDED_BYTES) request.destroy();
      else if (size > maxBytes) refuse();
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    const gone = () => reject(new VigoError('INVALID_ARGUMENT', 'the request ended before it was complete'));
    request.once('error', gone).once('close', gone);
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) refuse();
  });
}

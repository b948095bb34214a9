/** Sends a packed tree to the hub. */
import type { PublishConfigResponse } from '../gen/vigo/v1/admin_pb.js';
import { CHUNK_BYTES, uploadOf } from '../rpc/archive-upload.ts';
import type { Hub } from './hub-client.ts';

export interface UploadOptions {
  readonly hub: Hub;
  /** A tar.gz. */
  readonly archive: { readonly version: string; readonly bytes: Uint8Array };
  readonly message: string;
  /** Deadline of the whole, milliseconds. */
  readonly timeoutMs: number;
  /** Called as it goes on, with bytes sent so far; the last call has all of them. */
  readonly onSent: (bytes: number) => void;
}

export function uploadStacks(options: UploadOptions): Promise<PublishConfigResponse> {
  const { hub, archive, message, timeoutMs, onSent } = options;
  const { version: digest, bytes } = archive;
  const chunks = async function* () {
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      onSent(start);
      yield bytes.subarray(start, start + CHUNK_BYTES);
    }
    onSent(bytes.length);
  };
  const header = { digest, size: bytes.length, message };
  return hub.call((admin) => admin.publishConfig(uploadOf(header, chunks()), { timeoutMs }));
}

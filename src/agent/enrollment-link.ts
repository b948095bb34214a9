/** How a machine that has nothing but a token talks to its hub: over TLS, under the CA that the token pins. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { EnrollmentService, type EnrollRequestSchema, type EnrollResponse } from '../gen/vigo/v1/enrollment_pb.js';
import { createApiTransport } from '../rpc/api-transport.ts';
import { toVigoError } from '../rpc/errors.ts';
import { fetchPinnedCa } from '../rpc/pinned-ca.ts';

export interface EnrollmentLink {
  /** The CA certificate that was found by its digest, PEM. */
  readonly caPem: string;
  enroll(request: MessageInitShape<typeof EnrollRequestSchema>, signal: AbortSignal): Promise<EnrollResponse>;
  close(): void;
}

export interface EnrollmentTarget {
  /** "https://host:port" of the hub's API. */
  readonly hubUrl: string;
  /** SHA-256 of the CA certificate's DER, hex. */
  readonly caDigest: string;
  /** Of each call, milliseconds. */
  readonly timeoutMs: number;
}

/** Throws `CA_MISMATCH` if the hub's certificate is not of the CA with that digest, `UNREACHABLE`, `TIMEOUT`. */
export async function openEnrollmentLink({ hubUrl, caDigest, timeoutMs }: EnrollmentTarget): Promise<EnrollmentLink> {
  const caPem = await fetchPinnedCa({ url: hubUrl, digest: caDigest, timeoutMs });
  const { transport, close } = createApiTransport({ url: hubUrl, caPem, timeoutMs });
  const client = createClient(EnrollmentService, transport);
  return {
    caPem,
    async enroll(request, signal) {
      try {
        return await client.enroll(request, { signal, timeoutMs });
      } catch (error) {
        throw toVigoError(error, { target: `the hub at ${hubUrl}` });
      }
    },
    close,
  };
}

/**
 * How a spoke gets its identity: once, with a token that pins the fleet's CA. From then on the files in its data directory
 * are all it needs.
 *
 * The key is on disk before the request, so a lost answer is had again with the same token; the certificate is written last,
 * so a spoke either has an identity or has none.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { VigoError } from '../../fleet/errors.ts';
import { EnrollmentService } from '../../gen/vigo/v1/enrollment_pb.js';
import { createCsr } from '../../pki/csr.ts';
import { parsePinnedToken } from '../../pki/pinned-token.ts';
import { openOrCreatePrivateKeyFile } from '../../pki/private-key-file.ts';
import { PRIVATE_DIR, PUBLIC_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';
import { createApiTransport } from '../../rpc/api-transport.ts';
import { toVigoError } from '../../rpc/errors.ts';
import { fetchPinnedCa } from '../../rpc/pinned-ca.ts';

const JOIN_TIMEOUT_MS = 15_000;

export interface SpokeIdentity {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

export interface JoinOptions {
  /** Of the spoke's certificates, inside its data directory. */
  readonly dir: string;
  readonly spokeId: string;
  readonly token: string | undefined;
  /** Names and addresses under which others dial it. */
  readonly sans: readonly string[];
  readonly logger: Logger;
}

/** Throws SPOKE_NOT_JOINED without identity and token, TOKEN_*, CA_MISMATCH, UNREACHABLE, DATA_DIR_UNUSABLE. */
export async function openOrJoin(options: JoinOptions): Promise<SpokeIdentity> {
  const { dir, spokeId, token, logger } = options;
  await mkdir(dir, { recursive: true, mode: PRIVATE_DIR });
  const { pem: keyPem } = await openOrCreatePrivateKeyFile(join(dir, 'spoke.key'));
  const certPem = readSmallFileIfPresent(join(dir, 'spoke.pem'));
  const caPem = readSmallFileIfPresent(join(dir, 'ca.pem'));
  if (certPem && caPem) return { certPem, keyPem, caPem };
  if (!token) {
    throw new VigoError(
      'SPOKE_NOT_JOINED',
      `spoke ${spokeId} has no certificate yet: make a token on the hub with \`vigocli spanner join-token ${spokeId}\` ` +
        'and start this spoke once with VIGO_JOIN_TOKEN set to it',
    );
  }
  const joined = await requestCertificate(options, token, keyPem);
  await setAsideOwnCa(dir);
  await replaceFile(join(dir, 'ca.pem'), joined.caPem, PUBLIC_FILE);
  await replaceFile(join(dir, 'spoke.pem'), joined.certPem, PUBLIC_FILE);
  logger.info({ spoke: spokeId }, 'joined the fleet');
  return joined;
}

async function requestCertificate(options: JoinOptions, token: string, keyPem: string): Promise<SpokeIdentity> {
  const { spokeId, sans } = options;
  const { hubUrl, caDigest } = parsePinnedToken('join', token);
  const caPem = await fetchPinnedCa({ url: hubUrl, digest: caDigest, timeoutMs: JOIN_TIMEOUT_MS });
  const csr = await createCsr({ privateKeyPem: keyPem, commonName: spokeId });
  const api = createApiTransport({ url: hubUrl, caPem, timeoutMs: JOIN_TIMEOUT_MS });
  try {
    const answer = await createClient(EnrollmentService, api.transport).joinSpoke({
      token: token.trim(),
      spokeId,
      csr,
      sans: [...sans],
    });
    return { certPem: answer.certificatePem, keyPem, caPem: answer.caPem };
  } catch (error) {
    throw toVigoError(error, { target: `the hub at ${hubUrl}` });
  } finally {
    api.close();
  }
}

/** `vigocli license fingerprint` makes a CA where there is none; on a spoke's machine it is never used again. */
async function setAsideOwnCa(dir: string): Promise<void> {
  for (const name of ['ca.key', 'ca.pem']) {
    const file = join(dir, name);
    if (existsSync(file)) await rename(file, `${file}.unused`);
  }
}

/**
 * Tokens with which a machine first meets its hub: they say where the hub is and which CA it must show.
 *
 * `vigoj_` (a spoke joins) or `vigoe_` (an agent enrols), then base64url of: version (1 byte), SHA-256 of the CA
 * certificate (32), secret (24), origin of the hub's API (rest), checksum (4). The checksum covers the prefix too and only
 * finds copy mistakes; what protects is the secret, of which servers store a hash.
 */
import { createHash } from 'node:crypto';
import { VigoError } from '../fleet/errors.ts';

export type PinnedTokenKind = 'join' | 'enroll';

export interface PinnedToken {
  /** Origin of the hub's API, `https://host:port`. */
  readonly hubUrl: string;
  /** SHA-256 of the CA certificate's DER, lower-case hex. */
  readonly caDigest: string;
  /** 24 random bytes. */
  readonly secret: Buffer;
}

const VERSION = 1;
const DIGEST_BYTES = 32;
const SECRET_BYTES = 24;
const CHECKSUM_BYTES = 4;
const HEAD_BYTES = 1 + DIGEST_BYTES + SECRET_BYTES;
// "https://" + the longest host name + a port fit well.
const MAX_URL_LENGTH = 300;
const MAX_TOKEN_LENGTH = 600;

const KINDS = {
  join: { prefix: 'vigoj_', called: 'join token', article: 'a', made: 'vigocli spanner join-token ID' },
  enroll: { prefix: 'vigoe_', called: 'enrolment token', article: 'an', made: 'vigocli tokens create' },
} as const;

/** Throws `INVALID_ARGUMENT` for a URL that is no https origin, or for a digest or secret of the wrong size. */
export function formatPinnedToken(token: { readonly kind: PinnedTokenKind } & PinnedToken): string {
  const origin = httpsOrigin(token.hubUrl);
  if (!origin || origin.length > MAX_URL_LENGTH) {
    throw new VigoError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(token.hubUrl.slice(0, 120))} cannot go into a token: it must be https://host:port and no more`,
    );
  }
  if (!/^[0-9a-f]{64}$/.test(token.caDigest) || token.secret.length !== SECRET_BYTES) {
    throw new VigoError('INVALID_ARGUMENT', 'a token needs a SHA-256 in hex and a secret of 24 bytes');
  }
  const { prefix } = KINDS[token.kind];
  const body = Buffer.concat([
    Buffer.of(VERSION),
    Buffer.from(token.caDigest, 'hex'),
    token.secret,
    Buffer.from(origin, 'ascii'),
  ]);
  return prefix + Buffer.concat([body, checksum(prefix, body)]).toString('base64url');
}

/** Spaces and line ends around `text` are ignored. Throws `TOKEN_INVALID` that says what is wrong with it. */
export function parsePinnedToken(kind: PinnedTokenKind, text: string): PinnedToken {
  const token = text.trim();
  checkPrefix(kind, token);
  const { prefix, called } = KINDS[kind];
  const encoded = token.slice(prefix.length);
  const bytes = Buffer.from(encoded.slice(0, MAX_TOKEN_LENGTH), 'base64url');
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  if (
    // Decoding skips what it does not know; encoding again shows that.
    bytes.toString('base64url') !== encoded ||
    body.length <= HEAD_BYTES ||
    !checksum(prefix, body).equals(bytes.subarray(-CHECKSUM_BYTES))
  ) {
    throw new VigoError('TOKEN_INVALID', `the ${called} is cut off or damaged: copy the whole line again`);
  }
  const hubUrl = body.subarray(HEAD_BYTES).toString('latin1');
  if (body[0] !== VERSION || httpsOrigin(hubUrl) !== hubUrl) {
    throw new VigoError('TOKEN_INVALID', `the ${called} was made by another version: use the hub's version here`);
  }
  const digestEnd = 1 + DIGEST_BYTES;
  return {
    hubUrl,
    caDigest: body.subarray(1, digestEnd).toString('hex'),
    secret: Buffer.from(body.subarray(digestEnd, HEAD_BYTES)),
  };
}

/** What a server stores instead of the token: SHA-256 in hex. Spaces and line ends around `text` are ignored. */
export function hashToken(text: string): string {
  return createHash('sha256').update(text.trim()).digest('hex');
}

function checkPrefix(kind: PinnedTokenKind, token: string): void {
  const { prefix, called, article, made } = KINDS[kind];
  if (token.startsWith(prefix)) return;
  const other = Object.values(KINDS).find((candidate) => token.startsWith(candidate.prefix));
  const problem =
    token === ''
      ? `no ${called} was given`
      : other
        ? `this is a token of another kind (${other.called}), not ${article} ${called}`
        : `this is not ${article} ${called}: it does not begin with "${prefix}"`;
  throw new VigoError('TOKEN_INVALID', `${problem}; make one on the hub with: ${made}`);
}

function checksum(prefix: string, body: Buffer): Buffer {
  return createHash('sha256').update(prefix).update(body).digest().subarray(0, CHECKSUM_BYTES);
}

function httpsOrigin(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url?.protocol === 'https:' && url.href === `${url.origin}/`;
  return bare ? url.origin : undefined;
}

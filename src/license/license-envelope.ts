/**
 * The frame around a license: one line of JSON, `{"vigoLicense":1,"payload":"<base64url JSON>","signature":"<base64url>"}`.
 *
 * The signature (Ed25519) covers the payload's text as it stands, so nothing has to be brought into a canonical form to
 * check it. The frame has exactly one spelling: a file that differs in a single byte from the issued one is refused.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { VigoError } from '../fleet/errors.ts';
import { claimedKeyId, decodePayload, encodePayload, type License } from './license-payload.ts';

/** Room for 500 fingerprints and long names. */
const MAX_LICENSE_LENGTH = 64 * 1024;
/** Ahead of what is signed, so that a signature of this key under something else is not one of a license. */
const CONTEXT = 'vigo license 1\n';

/** The whole file, line end included. `privateKey`: Ed25519. */
export function sealLicense(license: License, privateKey: KeyObject): string {
  const payload = encodePayload(license, keyIdOf(createPublicKey(privateKey)));
  const signature = sign(null, Buffer.from(CONTEXT + payload), privateKey).toString('base64url');
  return `${frame(payload, signature)}\n`;
}

/** What was signed. Throws `LICENSE_INVALID` or, for a text that this key did not sign, `LICENSE_SIGNATURE`. */
export function openLicense(text: string, publicKey: KeyObject): License {
  const { payload, signature } = readFrame(text);
  if (!verify(null, Buffer.from(CONTEXT + payload), publicKey, Buffer.from(signature, 'base64url'))) {
    throw badSignature(claimedKeyId(payload), keyIdOf(publicKey));
  }
  const license = decodePayload(payload);
  if (license) return license;
  throw new VigoError('LICENSE_INVALID', 'the license was made for another version of vigocli: update this program');
}

function badSignature(claimed: string | undefined, trusted: string): VigoError {
  return new VigoError(
    'LICENSE_SIGNATURE',
    claimed !== undefined && claimed !== trusted
      ? `the license was signed by another vendor key, ${claimed}; this program trusts ${trusted}. ` +
          'Get a license from the vendor of this build, or for evaluation name the key in VIGO_LICENSE_VENDOR_KEY'
      : 'the license has been changed since it was issued: install the file that the vendor sent, unchanged',
  );
}

function readFrame(text: string): { payload: string; signature: string } {
  if (text.length > MAX_LICENSE_LENGTH) throw notALicense(`it is longer than ${MAX_LICENSE_LENGTH} characters`);
  const { vigoLicense, payload, signature } = parseObject(text);
  if (vigoLicense === undefined) throw notALicense('it has no "vigoLicense"');
  if (vigoLicense !== 1) {
    throw notALicense(`its format is ${JSON.stringify(vigoLicense).slice(0, 20)}; this program knows format 1`);
  }
  if (typeof payload !== 'string' || typeof signature !== 'string')
    throw notALicense('payload or signature is missing');
  const exact = frame(payload, Buffer.from(signature, 'base64url').toString('base64url'));
  if (text !== exact && text !== `${exact}\n` && text !== `${exact}\r\n`) {
    throw notALicense('it was reformatted or edited; install the file that the vendor sent, unchanged');
  }
  return { payload, signature };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    throw notALicense('it is not one whole JSON document');
  }
}

function notALicense(why: string): VigoError {
  return new VigoError('LICENSE_INVALID', `this is not a license file: ${why}`);
}

const frame = (payload: string, signature: string): string => JSON.stringify({ vigoLicense: 1, payload, signature });

/** Names a vendor key: 16 hex digits of the SHA-256 of its public half. */
function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

/** `bundle.json`: the bundle that an agent has, with the digest by which it is told from a damaged one. */
import { createHash } from 'node:crypto';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Bundle, BundleSchema } from '../../gen/vigo/v1/agent_pb.js';

export interface HeldBundle {
  readonly configVersion: string;
  readonly digest: Uint8Array;
  /** Of the traits for which it was resolved. */
  readonly traitsDigest: Uint8Array;
  readonly bundle: Bundle;
}

interface OnDisk {
  readonly configVersion: string;
  readonly digest: string;
  readonly traitsDigest: string;
  /** Base64. */
  readonly bundle: string;
}

export function encodeBundleFile(held: HeldBundle): string {
  const onDisk: OnDisk = {
    configVersion: held.configVersion,
    digest: Buffer.from(held.digest).toString('hex'),
    traitsDigest: Buffer.from(held.traitsDigest).toString('hex'),
    bundle: Buffer.from(toBinary(BundleSchema, held.bundle)).toString('base64'),
  };
  return JSON.stringify(onDisk);
}

/** Throws if it is not whole. */
export function decodeBundleFile(content: string): HeldBundle {
  const { configVersion, digest, traitsDigest, bundle } = JSON.parse(content) as OnDisk;
  const bytes = Buffer.from(bundle, 'base64');
  if (createHash('sha256').update(bytes).digest('hex') !== digest) throw new Error('its digest is another');
  return {
    configVersion: String(configVersion),
    digest: Buffer.from(digest, 'hex'),
    traitsDigest: Buffer.from(traitsDigest, 'hex'),
    bundle: fromBinary(BundleSchema, bytes),
  };
}

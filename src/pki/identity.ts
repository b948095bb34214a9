/**
 * Who a certificate speaks for: a SPIFFE URI in its subject alternative names.
 *
 * `spiffe://<trust domain>/hub`, `/spoke/<id>` or `/envoy/<uuid>`. A certificate with no such URI, or with more than one
 * URI of any sort, speaks for nobody.
 */
import type { X509Certificate } from 'node:crypto';
import { VigoError } from '../fleet/errors.ts';
import { subjectAltNames } from './subject-alt-names.ts';

export type Identity =
  | { readonly kind: 'hub'; readonly trustDomain: string }
  | { readonly kind: 'spoke'; readonly id: string; readonly trustDomain: string }
  | { readonly kind: 'envoy'; readonly id: string; readonly trustDomain: string };

// The SPIFFE standard's alphabets; a spoke id is one path segment that starts with a letter or digit, hence never "..".
const URI =
  /^spiffe:\/\/([a-z0-9._-]{1,255})\/(?:(hub)|spoke\/([A-Za-z0-9][A-Za-z0-9._-]{0,62})|envoy\/([0-9a-f-]{36}))$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Throws `INVALID_ARGUMENT` when the parts do not make an identity that `parseIdentity` would read back. */
export function formatIdentity(identity: Identity): string {
  const path = identity.kind === 'hub' ? 'hub' : `${identity.kind}/${identity.id}`;
  const uri = `spiffe://${identity.trustDomain}/${path}`;
  if (!parseIdentity(uri)) {
    throw new VigoError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(uri.slice(0, 120))} is not an identity: a spoke id has at most 63 letters, digits, "-", "_" and ` +
        '"." and starts with a letter or digit; an envoy id is a lower-case UUID',
    );
  }
  return uri;
}

/** `undefined` for anything that is not exactly one of the three forms. */
export function parseIdentity(uri: string): Identity | undefined {
  const [, trustDomain, hub, spoke, envoy] = URI.exec(uri) ?? [];
  if (trustDomain === undefined) return undefined;
  if (hub !== undefined) return { kind: 'hub', trustDomain };
  if (spoke !== undefined) return { kind: 'spoke', id: spoke, trustDomain };
  return envoy !== undefined && UUID.test(envoy) ? { kind: 'envoy', id: envoy, trustDomain } : undefined;
}

/** Reads the certificate only: whether its issuer is trusted was decided by the TLS handshake. */
export function identityOfCertificate(certificate: X509Certificate): Identity | undefined {
  const uris = subjectAltNames(certificate.subjectAltName)?.filter((name) => name.type === 'URI');
  const [only] = uris ?? [];
  return only && uris?.length === 1 && !only.quoted ? parseIdentity(only.value) : undefined;
}

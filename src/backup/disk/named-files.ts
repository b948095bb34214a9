/** The files that a server.yaml names: license, certificates and keys of an operator's own, secrets. */
import type { ServerConfig } from '../../server/config/server-config.ts';

export interface NamedFile {
  /** The key of server.yaml, for messages. */
  readonly key: string;
  /** Absolute. */
  readonly path: string;
  /** A server starts without it. */
  readonly mayBeAbsent?: true;
}

/** Each path once. */
export function namedFiles({ license, server, auth, webhooks, notifications }: ServerConfig): NamedFile[] {
  const { certFile, keyFile, caFile, caKeyFile } = server.tls;
  const all: { key: string; path: string | undefined; mayBeAbsent?: true }[] = [
    { key: 'license.file', path: license.file, mayBeAbsent: true },
    { key: 'server.tls.cert_file', path: certFile },
    { key: 'server.tls.key_file', path: keyFile },
    { key: 'server.tls.ca_file', path: caFile },
    { key: 'server.tls.ca_key_file', path: caKeyFile },
    { key: 'auth.oidc.client_secret_file', path: auth.oidc?.clientSecretFile },
    { key: 'auth.oidc.ca_file', path: auth.oidc?.caFile },
    ...webhooks.map(({ secretFile }, i) => ({ key: `webhooks[${i}].secret_file`, path: secretFile })),
    ...notifications.flatMap(({ secretFile, caFile: ca }, i) => [
      { key: `notifications[${i}].secret_file`, path: secretFile },
      { key: `notifications[${i}].ca_file`, path: ca },
    ]),
  ];
  const seen = new Set<string>();
  return all.flatMap(({ path, ...rest }) => {
    if (path === undefined || seen.has(path)) return [];
    seen.add(path);
    return [{ ...rest, path }];
  });
}

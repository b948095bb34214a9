/** The CA and certificates of a server that has the fleet's CA: a hub or a standalone server. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname as machineHostname } from 'node:os';
import { join } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { type CertificateAuthority, openCa, openOrCreateCa } from '../../pki/ca.ts';
import { openOrIssueLeaf } from '../../pki/server-identity.ts';
import { PUBLIC_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { ListenerTls } from '../platform/listener-tls.ts';

export interface FleetIdentity {
  readonly ca: CertificateAuthority;
  /** For the mTLS listener and for calls to spokes. */
  readonly peerTls: ListenerTls;
  /** For the API listener: the operator's own certificate where one is configured. */
  readonly apiTls: ListenerTls;
}

/** Names and addresses under which this server is dialled. */
export function namesOf({ server }: Pick<ServerConfig, 'server'>): { dnsNames: string[]; ipAddresses: string[] } {
  const names = [...new Set([server.hostname, ...server.tlsSans, 'localhost', machineHostname(), '127.0.0.1', '::1'])];
  return {
    dnsNames: names.filter((name) => isIP(name) === 0 && /^[a-z0-9_*.-]+$/i.test(name)),
    ipAddresses: names.filter((name) => isIP(name) !== 0),
  };
}

/** Throws DATA_DIR_UNUSABLE or CONFIG_INVALID naming the file. */
export async function openFleetIdentity(config: ServerConfig, now: number): Promise<FleetIdentity> {
  const dir = join(config.dataDir, 'tls');
  const { caFile, caKeyFile, certFile, keyFile } = config.server.tls;
  const own = caFile !== undefined && caKeyFile !== undefined;
  const ca = own ? await openCa({ certFile: caFile, keyFile: caKeyFile }) : await openOrCreateCa({ dir, now });
  const leaf = await openOrIssueLeaf({
    dir,
    name: 'hub',
    ca,
    identity: { kind: 'hub', trustDomain: ca.trustDomain },
    commonName: config.server.hostname,
    ...namesOf(config),
    now,
  });
  // Where the commands of this host look for it.
  if (own) await replaceFile(join(dir, 'ca.pem'), ca.certPem, PUBLIC_FILE);
  const peerTls = { ...leaf, caPem: ca.certPem };
  const api =
    certFile !== undefined && keyFile !== undefined ? { certPem: read(certFile), keyPem: read(keyFile) } : leaf;
  return { ca, peerTls, apiTls: { ...api, caPem: ca.certPem } };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new VigoError('CONFIG_INVALID', `server.tls: cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

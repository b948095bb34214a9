/**
 * The CA and certificates of a server that has the fleet's CA, a hub or a standalone server: as they are now, for they change
 * while it runs. They grow old and are issued anew, another CA takes over, an operator puts other files in their place.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname as machineHostname } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { type CertificateAuthority, openCa, openOrCreateCa } from '../../pki/ca.ts';
import { beginCaRotation, finishCaRotation } from '../../pki/ca-rotation.ts';
import { openOrIssueLeaf } from '../../pki/server-identity.ts';
import { PUBLIC_FILE, replaceFile } from '../../platform/durable-files.ts';
import { createMutex } from '../../platform/mutex.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { ListenerTls } from '../platform/listener-tls.ts';

export interface FleetIdentity {
  /** The CA that signs now. Its trust domain never changes. */
  ca(): CertificateAuthority;
  /** For the mTLS listener and for calls to spokes. */
  peerTls(): ListenerTls;
  /** For the API listener: the operator's own certificate where one is configured. */
  apiTls(): ListenerTls;
  /** Reads everything anew, and issues what has grown old. Throws DATA_DIR_UNUSABLE or CONFIG_INVALID, and changes nothing then. */
  refresh(): Promise<void>;
  /** A new CA takes over. Throws ROTATION_RUNNING, CA_PROVIDED, DATA_DIR_UNUSABLE. */
  beginRotation(): Promise<void>;
  /** The CA before is trusted no more. Throws CA_PROVIDED, DATA_DIR_UNUSABLE. */
  finishRotation(): Promise<void>;
  /** Calls `listener` when any of it has changed. */
  onChange(listener: () => void): void;
}

export interface FleetIdentityOptions {
  readonly config: Pick<ServerConfig, 'dataDir' | 'server'>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

interface Identity {
  readonly ca: CertificateAuthority;
  readonly peerTls: ListenerTls;
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
export async function openFleetIdentity(options: FleetIdentityOptions): Promise<FleetIdentity> {
  const { config, now } = options;
  const dir = join(config.dataDir, 'tls');
  const mutex = createMutex();
  const listeners: (() => void)[] = [];
  let current = await load(config, now());

  const take = async (): Promise<void> => {
    const next = await load(config, now());
    if (next.ca.trustDomain !== current.ca.trustDomain) {
      const why = `it belongs to ${next.ca.trustDomain}, this fleet is ${current.ca.trustDomain}`;
      throw new VigoError('CONFIG_INVALID', `the CA in server.tls.ca_file is that of another fleet: ${why}`);
    }
    const isSame = isDeepStrictEqual([current.peerTls, current.apiTls], [next.peerTls, next.apiTls]);
    current = next;
    if (!isSame) for (const listener of listeners) listener();
  };
  const rotate = (step: () => Promise<void>) =>
    mutex.run(async () => {
      if (isProvided(config)) {
        throw new VigoError(
          'CA_PROVIDED',
          "the fleet's CA comes from server.tls.ca_file: put another in its place there and send the server SIGHUP",
        );
      }
      await step();
      await take();
    });

  return {
    ca: () => current.ca,
    peerTls: () => current.peerTls,
    apiTls: () => current.apiTls,
    refresh: () => mutex.run(take),
    beginRotation: () => rotate(() => beginCaRotation(dir, current.ca, now())),
    finishRotation: () => rotate(() => finishCaRotation(dir)),
    onChange: (listener) => void listeners.push(listener),
  };
}

const isProvided = ({ server }: FleetIdentityOptions['config']): boolean => server.tls.caKeyFile !== undefined;

async function load(config: FleetIdentityOptions['config'], now: number): Promise<Identity> {
  const dir = join(config.dataDir, 'tls');
  const { caFile, caKeyFile, certFile, keyFile, certLifetimeMs } = config.server.tls;
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
    lifeMs: certLifetimeMs,
  });
  // Where the commands of this host look for it.
  if (own) await replaceFile(join(dir, 'ca.pem'), ca.certPem, PUBLIC_FILE);
  const peerTls = { ...leaf, caPem: ca.trustPem };
  if (certFile === undefined || keyFile === undefined) return { ca, peerTls, apiTls: peerTls };
  const apiTls = { certPem: read(certFile), keyPem: read(keyFile), caPem: ca.trustPem };
  checkPair(apiTls, certFile, keyFile);
  return { ca, peerTls, apiTls };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new VigoError('CONFIG_INVALID', `server.tls: cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Before it takes the place of one that works. */
function checkPair({ certPem, keyPem }: ListenerTls, certFile: string, keyFile: string): void {
  try {
    createSecureContext({ cert: certPem, key: keyPem });
  } catch (error) {
    const why = `${certFile} and ${keyFile} cannot be used: ${messageOf(error)}`;
    throw new VigoError('CONFIG_INVALID', `server.tls: ${why}`, { cause: error });
  }
}

/** Finds server.yaml, reads it and applies every default, or says in one message all that is wrong with it. */
import { readFile, stat } from 'node:fs/promises';
import { hostname as machineHostname } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { parseServerFile } from './parse-server-file.ts';
import type { ServerFile } from './schema.ts';
import type { ServerConfig, ServerRole } from './server-config.ts';

export interface LoadServerConfigOptions {
  /** `--config`; relative to `cwd`. */
  readonly configFile?: string;
  /** `--data-dir`; relative to `cwd`; goes before the file, which goes before VIGO_DATA_DIR. */
  readonly dataDir?: string;
  /** `--role`; goes before the file. */
  readonly role?: ServerRole;
  /** Looked at: VIGO_CONFIG_FILE, VIGO_DATA_DIR, VIGO_JOIN_TOKEN, XDG_DATA_HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isRoot: boolean;
  readonly homeDir: string;
  /** Default of `server.hostname`; default: the machine's own. */
  readonly hostname?: string;
}

// A hub with a thousand spokes has some 100 KB.
const MAX_FILE_BYTES = 1024 * 1024;

/** Throws `CONFIG_INVALID` naming file, keys, lines and what was expected, or `CONFIG_NOT_FOUND`. */
export async function loadServerConfig(options: LoadServerConfigOptions): Promise<ServerConfig> {
  const { env, cwd } = options;
  // The variable means "the server of this shell" to every other command too: a file that names its directory goes first.
  const hint = options.dataDir || env.VIGO_DATA_DIR;
  const defaultDir = hint ? resolve(cwd, hint) : defaultDataDir(options);
  const found = await findFile(options, defaultDir);
  const file = parseServerFile(found?.path ?? 'server.yaml', found?.text ?? '', options.role);
  // A data_dir in the file is relative to where the file lies; a flag to where the command was typed.
  const dataDir = options.dataDir || !file.data_dir ? defaultDir : resolve(found?.path ?? cwd, '..', file.data_dir);
  return toConfig(file, { ...options, dataDir, configFile: found?.path });
}

function defaultDataDir({ env, isRoot, homeDir }: LoadServerConfigOptions): string {
  // The XDG rules: a relative path there is to be ignored.
  const shared = env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(homeDir, '.local/share');
  return isRoot ? '/srv/vigo' : join(shared, 'vigo');
}

/** A file that was named must be there; of those that are merely looked for, the first that is there counts. */
async function findFile(options: LoadServerConfigOptions, dataDir: string) {
  const { env, cwd } = options;
  const named = options.configFile || env.VIGO_CONFIG_FILE;
  if (named) {
    const path = resolve(cwd, named);
    const text = await readText(path);
    if (text !== undefined) return { path, text };
    const how = options.configFile ? '--config' : 'VIGO_CONFIG_FILE';
    throw new VigoError('CONFIG_NOT_FOUND', `${path} does not exist; check the path given by ${how}`);
  }
  for (const path of [join(cwd, 'server.yaml'), join(dataDir, 'server.yaml')]) {
    const text = await readText(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) {
      throw new VigoError('CONFIG_INVALID', `${path} has ${size} bytes; expected at most ${MAX_FILE_BYTES}`);
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof VigoError) throw error;
    throw new VigoError('CONFIG_INVALID', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

interface Found extends LoadServerConfigOptions {
  readonly dataDir: string;
  readonly configFile: string | undefined;
}

function toConfig(file: ServerFile, found: Found): ServerConfig {
  const inDataDir = (path: string) => resolve(found.dataDir, path);
  const optionalPath = (path: string | undefined) => (path === undefined ? undefined : inDataDir(path));
  const { server, spanner } = file;
  return {
    configFile: found.configFile,
    warnings: warningsFor(file),
    dataDir: found.dataDir,
    database: { url: file.database.url, file: inDataDir(file.database.url.replace(/^sqlite:/, '')) },
    server: {
      grpcListen: server.grpc_listen,
      apiListen: server.api_listen,
      metricsListen: server.metrics_listen,
      hostname: (server.hostname ?? found.hostname ?? machineHostname()).toLowerCase(),
      tlsSans: server.tls_sans,
      tls: {
        certFile: optionalPath(server.tls.cert_file),
        keyFile: optionalPath(server.tls.key_file),
        caFile: optionalPath(server.tls.ca_file),
        caKeyFile: optionalPath(server.tls.ca_key_file),
        certLifetimeMs: server.tls.cert_lifetime,
      },
    },
    license: { file: inDataDir(file.license.file) },
    checkin: { intervalMs: file.checkin.interval, maxRate: file.checkin.max_rate },
    runs: { maxAgeMs: file.runs.max_age, maxPerEnvoy: file.runs.max_per_envoy },
    stacks: { maxBytes: file.stacks.max_size },
    enrollment: { duplicateHostname: file.enrollment.duplicate_hostname },
    auth: authConfig(file.auth, optionalPath),
    spanner: spannerConfig(spanner, found.env.VIGO_JOIN_TOKEN),
    webhooks: file.webhooks.map(({ secret_file, repository, branch, path, ...webhook }) => {
      return { ...webhook, repository, branch, path, secretFile: inDataDir(secret_file) };
    }),
    notifications: file.notifications.map(({ url, events, secret_file, ca_file }) => {
      return { url, events, secretFile: inDataDir(secret_file), caFile: optionalPath(ca_file) };
    }),
  };
}

function authConfig(
  { session_ttl, session_idle, oidc }: ServerFile['auth'],
  optionalPath: (path: string | undefined) => string | undefined,
): ServerConfig['auth'] {
  return {
    sessionTtlMs: session_ttl,
    sessionIdleMs: session_idle,
    oidc: oidc && {
      issuer: oidc.issuer,
      name: oidc.name ?? new URL(oidc.issuer).host,
      clientId: oidc.client_id,
      clientSecretFile: optionalPath(oidc.client_secret_file),
      scopes: oidc.scopes,
      roleClaim: oidc.role_claim,
      adminValues: oidc.admin_values,
      viewerValues: oidc.viewer_values,
      nameClaim: oidc.name_claim,
      caFile: optionalPath(oidc.ca_file),
    },
  };
}

function spannerConfig(spanner: ServerFile['spanner'], joinToken: string | undefined): ServerConfig['spanner'] {
  const failover = spanner.auto_failover;
  return {
    role: spanner.role,
    defaultSpoke: spanner.default_spoke,
    spokes: spanner.spokes,
    fanoutTimeoutMs: spanner.fanout_timeout,
    autoFailover: {
      enabled: failover.enabled,
      threshold: failover.threshold,
      intervalMs: failover.interval,
      recoveryThreshold: failover.recovery_threshold,
      maxUnhealthyFraction: failover.max_unhealthy_fraction,
      fallback: failover.fallback,
      maxRate: failover.max_rate,
    },
    spokeId: spanner.spoke_id,
    hubAddr: spanner.hub_addr,
    hubFallbackAddrs: spanner.hub_fallback_addrs,
    reportIntervalMs: spanner.report_interval,
    joinToken: joinToken || spanner.join_token,
  };
}

function warningsFor({ spanner, auth, webhooks, notifications }: ServerFile): string[] {
  const warnings: string[] = [];
  const { role, spokes } = spanner;
  if (role === 'hub' && spokes.length === 0) {
    warnings.push('spanner.spokes is empty: this hub has nobody to serve its envoys; name at least one spoke');
  }
  if (role !== 'hub' && spokes.length > 0) {
    warnings.push(`spanner.spokes is only read by a hub; this server's role is ${role}`);
  }
  if (role === 'spoke' && auth.oidc !== undefined) {
    warnings.push('auth.oidc is not read by a spoke: nobody signs in there');
  }
  if (role === 'spoke' && webhooks.length > 0) {
    warnings.push('webhooks are not read by a spoke: it has no listener for them, and nothing is published there');
  }
  if (role === 'spoke' && notifications.length > 0) {
    warnings.push('notifications are not read by a spoke: its hub knows what happens to it');
  }
  if (role !== 'spoke' && spanner.hub_addr !== undefined) {
    warnings.push(`spanner.hub_addr is only read by a spoke; this server's role is ${role}`);
  }
  for (const { id, patterns } of spokes) {
    if (patterns.length === 0 && id !== spanner.default_spoke) {
      warnings.push(`spoke "${id}" has no patterns: new envoys never come to it, only moved ones`);
    }
  }
  return warnings;
}

/** All that server.yaml decides, with every default applied and every path absolute. */
import type { SpokeSpec } from '../../fleet/placement.ts';

export type ServerRole = 'standalone' | 'hub' | 'spoke';

export interface ServerConfig {
  /** The file that was read; `undefined` when there was none and all is default. */
  readonly configFile: string | undefined;
  /** What is allowed but hardly meant, in words; to be logged once at start. */
  readonly warnings: readonly string[];
  /** Database, keys, `.live`, admin-token. Default: /srv/vigo for root, else $XDG_DATA_HOME/vigo. */
  readonly dataDir: string;
  readonly database: DatabaseConfig;
  readonly server: ListenConfig;
  readonly license: {
    /** Default: license/vigo.lic. */
    readonly file: string;
  };
  readonly checkin: {
    /** Wished time between two check-ins of one envoy, milliseconds. Default 5 minutes. */
    readonly intervalMs: number;
    /** Check-ins per second that a server asks its agents to stay under. Default 1,000. */
    readonly maxRate: number;
  };
  /** How long a spoke keeps the runs of its envoys; the newest of each always stays. */
  readonly runs: {
    /** Runs that began longer ago than this go, milliseconds. Default 30 days. */
    readonly maxAgeMs: number;
    /** So many stay of each envoy at most. Default 100. */
    readonly maxPerEnvoy: number;
  };
  /** What this server takes in of a published tree; what it serves already, it goes on serving. */
  readonly stacks: {
    /** Bytes of all files of a tree together, unpacked. Default 512 MiB, which is also the most. */
    readonly maxBytes: number;
  };
  readonly enrollment: {
    /** What happens to a second machine with a host name that is taken. Default reject. */
    readonly duplicateHostname: 'reject' | 'replace';
  };
  readonly auth: AuthConfig;
  readonly spanner: SpannerConfig;
  /** Of a hub or a standalone server. Default none. */
  readonly webhooks: readonly WebhookConfig[];
  /** Of a hub or a standalone server. Default none. */
  readonly notifications: readonly NotificationConfig[];
}

export interface DatabaseConfig {
  /** As written. Default "sqlite:vigo.db". */
  readonly url: string;
  /** The SQLite file. */
  readonly file: string;
}

export interface ListenConfig {
  /** mTLS: agents, spokes, hub. Default ":1530". */
  readonly grpcListen: string;
  /** TLS: CLI, web UI, bootstrap. Default ":8443". */
  readonly apiListen: string;
  /** Plain HTTP: /healthz, /readyz, /metrics. Default "127.0.0.1:9530". */
  readonly metricsListen: string;
  /** What others dial; stands in the certificate. Default: the machine's own host name. */
  readonly hostname: string;
  /** More names and addresses for the certificate. Default none. */
  readonly tlsSans: readonly string[];
  /** Files of an operator's own; what is absent, the server makes in its data directory. */
  readonly tls: {
    readonly certFile: string | undefined;
    readonly keyFile: string | undefined;
    readonly caFile: string | undefined;
    readonly caKeyFile: string | undefined;
    /** Life of the certificates that this server issues, milliseconds; they renew themselves at two thirds of it. Default a year. */
    readonly certLifetimeMs: number;
  };
}

/** How people sign in on the web; of a hub or a standalone server. */
export interface AuthConfig {
  /** A session ends so long after it was begun, milliseconds. Default 12 hours. */
  readonly sessionTtlMs: number;
  /** And so long after it was last used, milliseconds. Default 2 hours. */
  readonly sessionIdleMs: number;
  /** Sign-in by an identity provider. Default none: people sign in with their API tokens. */
  readonly oidc: OidcConfig | undefined;
}

export interface OidcConfig {
  /** "https://idp.example.com/realms/acme", as the provider itself writes it. */
  readonly issuer: string;
  /** What people know it by. Default the issuer's host. */
  readonly name: string;
  readonly clientId: string;
  /** Default none: a public client. */
  readonly clientSecretFile: string | undefined;
  /** Default openid, profile, email. */
  readonly scopes: readonly string[];
  /** Where the provider says what someone may do; a dot leads into a claim that is an object. Default "roles". */
  readonly roleClaim: string;
  /** One of these in it makes an admin. Default none. */
  readonly adminValues: readonly string[];
  /** One of these in it makes a viewer. Default none. */
  readonly viewerValues: readonly string[];
  /** What someone is called. Default "preferred_username"; where that is absent, email, then sub. */
  readonly nameClaim: string;
  /** CA certificates that the provider's must come from. Default those of the system. */
  readonly caFile: string | undefined;
}

export interface SpannerConfig {
  /** Default standalone. */
  readonly role: ServerRole;
  /** For host names that no pattern matches. Default: none, their enrolment is refused. */
  readonly defaultSpoke: string | undefined;
  /** In the order of the file: the first match wins. Default none. */
  readonly spokes: readonly SpokeSpec[];
  /** Deadline of each spoke's part of an answer, milliseconds. Default 5 s. */
  readonly fanoutTimeoutMs: number;
  readonly autoFailover: AutoFailoverConfig;
  /** This spoke's id; set in role spoke. */
  readonly spokeId: string | undefined;
  /** "host:port" of the hub's mTLS listener; enables reporting. Default none. */
  readonly hubAddr: string | undefined;
  /** Tried in turn when the hub does not answer. Default none. */
  readonly hubFallbackAddrs: readonly string[];
  /** Time between two reports to the hub, milliseconds. Default 30 s. */
  readonly reportIntervalMs: number;
  /** Fetches the certificate of a new spoke; VIGO_JOIN_TOKEN goes first. */
  readonly joinToken: string | undefined;
}

export interface AutoFailoverConfig {
  /** Default false. */
  readonly enabled: boolean;
  /** Consecutive failed probes before a spoke is drained. Default 3. */
  readonly threshold: number;
  /** Time between two probes of a spoke, milliseconds. Default 30 s. */
  readonly intervalMs: number;
  /** Consecutive good probes before a spoke is healthy again. Default 2. */
  readonly recoveryThreshold: number;
  /** When a larger part of the spokes fails at once, the hub suspects itself. Above 0, at most 1. Default 0.55. */
  readonly maxUnhealthyFraction: number;
  /** Where envoys go that match no other spoke's pattern. Default least_loaded. */
  readonly fallback: 'least_loaded' | 'none';
  /** Envoys per second that an automatic drain moves at most. Default 500. */
  readonly maxRate: number;
}

/** Somebody who may tell this server to do something, by `POST /webhooks/<name>`. */
export interface WebhookConfig {
  readonly name: string;
  readonly provider: 'github' | 'gitlab' | 'gitea';
  /** What it signs with. */
  readonly secretFile: string;
  /** Takes the stacks from `repository` and publishes them. */
  readonly action: 'publish';
  /** As git knows it. Default: the one that a signed delivery names. */
  readonly repository: string | undefined;
  /** Only pushes to it count. Default: the repository's own default branch. */
  readonly branch: string | undefined;
  /** Where the tree lies in the repository. Default "stacks" if that is there, else all of it. */
  readonly path: string | undefined;
}

/** Somebody who is told what happens. */
export interface NotificationConfig {
  /** https, or http on this machine. */
  readonly url: string;
  /** What is sent is signed with it. */
  readonly secretFile: string;
  /** CA certificates that the endpoint's must come from. Default those of the system. */
  readonly caFile: string | undefined;
  /** Default all. */
  readonly events: readonly NotificationEvent[];
}

export type NotificationEvent =
  | 'spoke.offline'
  | 'spoke.recovered'
  | 'move.finished'
  | 'envoy.stale'
  | 'config.published';

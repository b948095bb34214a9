/** server.yaml as a schema: every key, its values and its default. What the keys mean stands in `server-config.ts`. */
import type { z } from 'zod';
import {
  dataSize,
  duration,
  fraction,
  hostname,
  hostnamePattern,
  hostPort,
  httpsUrl,
  listenAddress,
  listOf,
  oneOf,
  optionalSection,
  scopeNames,
  section,
  spokeId,
  text,
  wholeNumber,
  yesNo,
} from './fields.ts';
import { notifications, webhooks } from './hook-schema.ts';

const file = () => text('the path of a file');

const database = optionalSection({
  url: text('"sqlite:<file>"')
    .superRefine((url, context) => {
      const refuse = (message: string) => context.addIssue({ code: 'custom', message, input: url });
      if (/^postgres(ql)?:\/\//.test(url)) {
        refuse('PostgreSQL is not supported by this version yet; use "sqlite:vigo.db"');
      } else if (!/^sqlite:[^?#\0]+$/.test(url)) {
        refuse('expected "sqlite:<file>", such as "sqlite:vigo.db"');
      }
    })
    .default('sqlite:vigo.db'),
});

const server = optionalSection({
  grpc_listen: listenAddress().default(':1530'),
  api_listen: listenAddress().default(':8443'),
  metrics_listen: listenAddress().default('127.0.0.1:9530'),
  hostname: hostname().optional(),
  tls_sans: listOf(text('a DNS name or an IP address'), 'DNS names and IP addresses').default([]),
  tls: optionalSection({
    cert_file: file().optional(),
    key_file: file().optional(),
    ca_file: file().optional(),
    ca_key_file: file().optional(),
    cert_lifetime: duration('10s', '87600h').prefault('8760h'),
  }),
});

const spoke = section({
  id: spokeId(),
  addr: hostPort(),
  patterns: listOf(hostnamePattern(), 'host name patterns').default([]),
});

const spokes = listOf(spoke, 'spokes').superRefine((list, context) => {
  const seen = new Set<string>();
  for (const [index, { id }] of list.entries()) {
    if (seen.has(id)) {
      const message = `"${id}" is the id of another spoke already; expected every id once`;
      context.addIssue({ code: 'custom', message, path: [index, 'id'], input: id });
    }
    seen.add(id);
  }
});

// The lower bounds are far below any sensible setting; they only keep loops from spinning.
const spanner = optionalSection({
  role: oneOf('standalone', 'hub', 'spoke').default('standalone'),
  default_spoke: spokeId().optional(),
  spokes: spokes.default([]),
  fanout_timeout: duration('10ms', '5m').prefault('5s'),
  auto_failover: optionalSection({
    enabled: yesNo.default(false),
    threshold: wholeNumber(1, 100).default(3),
    interval: duration('50ms', '1h').prefault('30s'),
    recovery_threshold: wholeNumber(1, 100).default(2),
    max_unhealthy_fraction: fraction().default(0.55),
    fallback: oneOf('least_loaded', 'none').default('least_loaded'),
    max_rate: wholeNumber(1, 1_000_000).default(500),
  }),
  spoke_id: spokeId().optional(),
  hub_addr: hostPort().optional(),
  hub_fallback_addrs: listOf(hostPort(), 'addresses').default([]),
  report_interval: duration('50ms', '1h').prefault('30s'),
  join_token: text('a token from "vigocli spanner join-token"').optional(),
});

const claim = () => text('the name of a claim, such as "roles" or "realm_access.roles"');
const claimValues = () => listOf(text('a value of the claim'), 'values of the claim').default([]);

const auth = optionalSection({
  session_ttl: duration('1m', '720h').prefault('12h'),
  session_idle: duration('1m', '720h').prefault('2h'),
  oidc: section({
    issuer: httpsUrl(),
    name: text('a name that people know the provider by').optional(),
    client_id: text('the id under which the provider knows this server'),
    client_secret_file: file().optional(),
    scopes: scopeNames().default(['openid', 'profile', 'email']),
    role_claim: claim().default('roles'),
    admin_values: claimValues(),
    viewer_values: claimValues(),
    name_claim: claim().default('preferred_username'),
    ca_file: file().optional(),
  }).optional(),
});

export const serverSchema = section({
  data_dir: text('the path of a directory').optional(),
  database,
  server,
  license: optionalSection({ file: file().default('license/vigo.lic') }),
  checkin: optionalSection({
    interval: duration('50ms', '24h').prefault('5m'),
    max_rate: wholeNumber(1, 1_000_000).default(1_000),
  }),
  runs: optionalSection({
    max_age: duration('1m', '87600h').prefault('720h'),
    max_per_envoy: wholeNumber(1, 100_000).default(100),
  }),
  // No more than "vigocli config publish" packs and a server holds in memory.
  stacks: optionalSection({ max_size: dataSize('64KiB', '512MiB').prefault('512MiB') }),
  enrollment: optionalSection({ duplicate_hostname: oneOf('reject', 'replace').default('reject') }),
  auth,
  spanner,
  webhooks,
  notifications,
});

/** server.yaml with its defaults, keys as written. */
export type ServerFile = z.output<typeof serverSchema>;

/** What a hub and a standalone server share: the same hub, over partitions that are far away or in this process. */
import { join } from 'node:path';
import { AdminService } from '../../gen/vigo/v1/admin_pb.js';
import { EnrollmentService } from '../../gen/vigo/v1/enrollment_pb.js';
import { HubService } from '../../gen/vigo/v1/hub_pb.js';
import { caOriginKey } from '../../pki/ca-origin.ts';
import { formatIdentity } from '../../pki/identity.ts';
import { sleep } from '../../platform/clock.ts';
import { formatHostPort } from '../../rpc/host-port.ts';
import { openHub } from '../hub/hub.ts';
import type { Hub } from '../hub/hub-options.ts';
import { createAdminAuth, createRoleCheck } from '../platform/admin-auth.ts';
import { openAdminToken } from '../platform/admin-token.ts';
import { forService } from '../platform/for-service.ts';
import { publicKeyHash } from '../platform/peer.ts';
import { readRestoredNote } from '../store/restored-note.ts';
import { createOidcRoutes } from '../web/oidc/oidc-routes.ts';
import { createAttemptLimiter } from '../web/sign-in/attempt-limiter.ts';
import { createSignIn } from '../web/sign-in/sign-in.ts';
import { createSite } from '../web/site.ts';
import { readSiteFiles } from '../web/site-files.ts';
import { createWebhookRoutes } from '../web/webhooks/webhook-routes.ts';
import { openBootstrap } from './bootstrap.ts';
import { openFleetIdentity } from './fleet-identity.ts';
import { createLeafRenewal } from './leaf-renewal.ts';
import { openNotificationEndpoints } from './notification-endpoints.ts';
import { openOidcProvider } from './oidc-provider.ts';
import type { Partitions, PartitionsContext } from './partitions.ts';
import { envoyPeer, reportingSpoke, shownCertificate } from './peers.ts';
import type { RoleContext, RoleParts } from './role-parts.ts';
import { openServerLicense } from './server-license.ts';
import { openServerLive, stacksProblems } from './server-stacks.ts';
import { openWebhookEntries } from './webhook-entries.ts';
import { openWebhookSources } from './webhook-sources.ts';

/** Where the build puts the web UI; a program that was not built has none. */
const WEB_UI = 'dist/web';
/** Time for a running batch to end by itself when the server stops. */
const BATCH_GRACE_MS = 500;

export async function openFleetRole(
  context: RoleContext,
  role: 'hub' | 'standalone',
  openPartitions: (context: PartitionsContext) => Promise<Partitions>,
): Promise<RoleParts> {
  const { config, clock, logger } = context;
  const identity = await openFleetIdentity({ config, now: () => clock.now() });
  const { trustDomain } = identity.ca();
  const license = await openServerLicense({
    ...context,
    caPublicKey: () => caOriginKey(join(config.dataDir, 'tls'), identity.ca().certPem),
  });
  const token = await openAdminToken(config.dataDir);
  const { oidc: oidcConfig } = config.auth;
  const oidc = oidcConfig && { config: oidcConfig, provider: openOidcProvider(oidcConfig, clock) };
  const notifications = openNotificationEndpoints(config.notifications, clock);
  const restored = readRestoredNote(config.dataDir);
  let webhookEntries = openWebhookEntries(config.webhooks, clock);
  const database = await context.openDatabase();
  const live = await openServerLive(context);
  const { hostname } = config.server;
  const ownEndpoint = (spokeId: string) => ({
    address: formatHostPort({ host: hostname, port: context.ports().grpc }),
    identity: formatIdentity({ kind: 'hub', trustDomain }),
    spokeId,
  });
  const partitions = await openPartitions({ ...context, identity, database, live, ownEndpoint });
  let partitionsClosed: Promise<void> | undefined;
  const closePartitions = () => (partitionsClosed ??= partitions.close());
  context.onClose(closePartitions);
  const apiUrl = () => `https://${formatHostPort({ host: hostname, port: context.ports().api })}`;
  const hub: Hub = await openHub({
    role,
    config,
    self: { version: context.version, hostname },
    adminToken: token,
    links: partitions.links,
    database,
    live,
    checkStacks: stacksProblems,
    webhooks: await openWebhookSources(context),
    notifications,
    pki: {
      ...identity,
      certificate: () => identity.peerTls().certPem,
      certLifetimeMs: config.server.tls.certLifetimeMs,
    },
    restored,
    license: license.current,
    apiUrl,
    endpoint: () => ownEndpoint(''),
    envoyPeer,
    reportingSpoke,
    shownCertificate,
    faults: context.faults,
    keyHash: publicKeyHash,
    metrics: context.metrics,
    stopping: context.stopping,
    clock,
    logger,
  });
  const attempts = createAttemptLimiter({ clock });
  const renewal = createLeafRenewal({ identity, lifeMs: config.server.tls.certLifetimeMs, clock, logger });
  return {
    peerTls: identity.peerTls(),
    peerInterceptors: [],
    peerServices: [HubService.typeName, ...partitions.services],
    peerRoutes: (router) => {
      router.service(HubService, hub.hubService);
      partitions.mount(router);
    },
    api: {
      tls: identity.apiTls(),
      interceptors: [
        forService(AdminService, createAdminAuth(hub.access.authority)),
        forService(AdminService, hub.adminInterceptor),
        forService(AdminService, createRoleCheck()),
      ],
      routes: (router) => {
        router.service(EnrollmentService, hub.enrollmentService);
        router.service(AdminService, hub.adminService);
      },
      http: [
        createWebhookRoutes({ entries: () => webhookEntries, webhooks: hub.webhooks, clock, logger }),
        createSignIn({
          access: hub.access,
          attempts,
          oidc: oidc && createOidcRoutes({ ...oidc, sessions: hub.access.sessions, attempts, clock, logger }),
          clock,
          logger,
        }),
        openBootstrap({
          apiUrl,
          ca() {
            const { digest, trustPem: pem } = identity.ca();
            return { digest, pem };
          },
          version: context.version,
          programRoot: context.programRoot,
          clock,
          logger,
        }),
        createSite(await readSiteFiles(join(context.programRoot, WEB_UI))),
      ],
    },
    async start() {
      await hub.start();
      renewal.start();
    },
    async reload() {
      await license.reload();
      webhookEntries = openWebhookEntries(config.webhooks, clock);
      await identity.refresh();
    },
    onTls: (listener) => identity.onChange(() => listener({ peerTls: identity.peerTls(), apiTls: identity.apiTls() })),
    async close() {
      renewal.close();
      // A batch may wait for a spoke that hangs: ending the connections ends the wait.
      const closed = hub.close();
      await Promise.race([closed, sleep(clock, BATCH_GRACE_MS)]);
      await closePartitions();
      await closed;
    },
  };
}

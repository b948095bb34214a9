/** Any gRPC client can speak to a listener: shown with @grpc/grpc-js, which shares no code with ours. */
import { join } from 'node:path';
import { credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect } from 'chai';
import { VigoError } from '../../src/fleet/errors.ts';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.js';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { createHealthService } from '../../src/server/platform/health-service.ts';
import { requirePeer } from '../../src/server/platform/peer.ts';
import { useServers } from '../support/servers.ts';

type Answer = Record<string, unknown>;
type Unary = (request: object, done: (error: ServiceError | null, answer?: Answer) => void) => void;
type GrpcClient = Record<string, Unary> & { close(): void };
type ClientClass = new (address: string, channel: unknown, options: object) => GrpcClient;

const PROTO = join(import.meta.dirname, '../../proto');

const call = (client: GrpcClient, method: string, request: object): Promise<Answer> =>
  new Promise((resolve, reject) => {
    client[method]?.(request, (error, answer) => (answer ? resolve(answer) : reject(error)));
  });

describe('a gRPC client', () => {
  const servers = useServers();

  async function connect(file: string, service: readonly string[]): Promise<GrpcClient> {
    const [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1', { dnsNames: ['spoke1'] })]);
    const health = createHealthService({
      isServing: (name) => (name === '' ? true : undefined),
      onChange: () => () => undefined,
    });
    const listener = await servers.start({
      tls: spoke,
      routes: (router) =>
        router.service(Health, health).service(SpokeService, {
          status(_request, context) {
            requirePeer(context, 'hub');
            return { spokeId: 'dc1', envoyCount: 7 };
          },
          revoke() {
            throw new VigoError('ENVOY_NOT_FOUND', 'no envoy "x"');
          },
        }),
    });
    let found: unknown = loadPackageDefinition(loadSync(file, { includeDirs: [PROTO] }));
    for (const name of service) found = (found as Record<string, unknown>)[name];
    const channel = credentials.createSsl(Buffer.from(hub.caPem), Buffer.from(hub.keyPem), Buffer.from(hub.certPem));
    const options = { 'grpc.ssl_target_name_override': 'spoke1' };
    return servers.closing(new (found as ClientClass)(listener.address.text, channel, options));
  }

  it('checks health over mTLS', async () => {
    const client = await connect('grpc/health/v1/health.proto', ['grpc', 'health', 'v1', 'Health']);
    expect(await call(client, 'Check', {})).to.deep.equal({ status: 1 });
    const error = (await call(client, 'Check', { service: 'x' }).catch((reason: unknown) => reason)) as ServiceError;
    expect(error.code).to.equal(status.NOT_FOUND);
  });

  it('calls a vigo service and sees the status of an error', async () => {
    const client = await connect('vigo/v1/spoke.proto', ['vigo', 'v1', 'SpokeService']);
    expect(await call(client, 'Status', {})).to.include({ spokeId: 'dc1', envoyCount: 7 });
    const error = (await call(client, 'Revoke', {}).catch((reason: unknown) => reason)) as ServiceError;
    expect(error).to.include({ code: status.NOT_FOUND, details: 'no envoy "x"' });
  });
});

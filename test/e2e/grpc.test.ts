/** Any gRPC client works against a real spoke: shown with @grpc/grpc-js and the proto files, without a line of ours in between. */
import { join } from 'node:path';
import { credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect } from 'chai';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { enrollByRpc, type RpcEnvoy } from '../support/rpc-enrolment.ts';

type Answer = Record<string, unknown>;
type Unary = (request: object, done: (error: ServiceError | null, answer?: Answer) => void) => void;
type GrpcClient = Record<string, Unary> & { close(): void };
type ClientClass = new (address: string, channel: unknown, options: object) => GrpcClient;

const PROTO = join(import.meta.dirname, '../../proto');

/** The service of this full name, as in the proto file. */
function serviceOf(file: string, name: string): ClientClass {
  let found: unknown = loadPackageDefinition(loadSync(file, { includeDirs: [PROTO] }));
  for (const part of name.split('.')) found = (found as Record<string, unknown>)[part];
  return found as ClientClass;
}

describe('a gRPC client of a spoke', function () {
  this.timeout(30_000);
  const fleet = useFleetProcesses({ spokes: ['dc1'] });
  const clients: GrpcClient[] = [];
  let envoy: RpcEnvoy;

  before(async () => {
    envoy = await enrollByRpc(await fleet.enrollmentToken(), 'web1.dc1.example.com');
  });
  after(() => {
    for (const client of clients) client.close();
  });

  const connect = (file: string, name: string): GrpcClient => {
    const { caPem, keyPem, certPem } = envoy.tls;
    const channel = credentials.createSsl(Buffer.from(caPem), Buffer.from(keyPem), Buffer.from(certPem));
    // It checks the host name, and would send an address as such, which TLS does not allow: the certificate lists this one.
    const options = { 'grpc.ssl_target_name_override': 'localhost' };
    const client = new (serviceOf(file, name))(envoy.owner.address, channel, options);
    clients.push(client);
    return client;
  };
  const call = (client: GrpcClient, method: string, request: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      client[method]?.(request, (error, answer) => (answer ? resolve(answer) : reject(error)));
    });
  const errorOf = (calling: Promise<Answer>): Promise<ServiceError> =>
    calling.then(
      () => expect.fail('not refused'),
      (error: ServiceError) => error,
    );

  it('checks its health', async () => {
    const health = connect('grpc/health/v1/health.proto', 'grpc.health.v1.Health');
    expect(await call(health, 'Check', {})).to.deep.equal({ status: 1 });
    expect(await call(health, 'Check', { service: 'vigo.v1.AgentService' })).to.deep.equal({ status: 1 });
    expect((await errorOf(call(health, 'Check', { service: 'nobody' }))).code).to.equal(status.NOT_FOUND);
  });

  it('checks an envoy in', async () => {
    const agent = connect('vigo/v1/agent.proto', 'vigo.v1.AgentService');
    const answer = await call(agent, 'CheckIn', { epoch: 1, agentVersion: 'grpc-js' });
    expect(answer).to.include({ epoch: 1 });
    expect(answer.nextCheckinAfterMs).to.be.within(400, 600);
    expect((await fleet.envoys())[0]).to.include({ hostname: envoy.hostname, reachable: true, stale: false });
  });

  it('is told by status and words why it may not', async () => {
    const spoke = connect('vigo/v1/spoke.proto', 'vigo.v1.SpokeService');
    const error = await errorOf(call(spoke, 'Status', {}));
    expect(error).to.include({ code: status.PERMISSION_DENIED });
    // grpc-js leaves some of the percent-encoding that gRPC prescribes for messages.
    expect(decodeURIComponent(error.details)).to.match(/this call is for a hub; the certificate is that of envoy/);
  });
});

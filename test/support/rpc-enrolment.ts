/** An envoy without an agent: enrolled by one call, for tests that want its certificate, or many of them. */
import { createClient } from '@connectrpc/connect';
import { AgentService } from '../../src/gen/vigo/v1/agent_pb.js';
import { EnrollmentService } from '../../src/gen/vigo/v1/enrollment_pb.js';
import { createCsr } from '../../src/pki/csr.ts';
import { generatePrivateKeyPem } from '../../src/pki/keys.ts';
import { parsePinnedToken } from '../../src/pki/pinned-token.ts';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import { createPeerTransport, type PeerEndpoint } from '../../src/rpc/peer-transport.ts';
import { fetchPinnedCa } from '../../src/rpc/pinned-ca.ts';

export interface RpcEnvoy {
  readonly id: string;
  readonly hostname: string;
  readonly epoch: number;
  readonly owner: PeerEndpoint;
  readonly hub: PeerEndpoint;
  readonly tls: { readonly certPem: string; readonly keyPem: string; readonly caPem: string };
}

/** `csrName`: what the certificate request says; default the host name. Rejects with what the hub refuses with. */
export async function enrollByRpc(token: string, hostname: string, csrName = hostname): Promise<RpcEnvoy> {
  const { hubUrl: url, caDigest: digest } = parsePinnedToken('enroll', token);
  const keyPem = generatePrivateKeyPem();
  const csr = await createCsr({ privateKeyPem: keyPem, commonName: csrName });
  const { transport, close } = createApiTransport({ url, caPem: await fetchPinnedCa({ url, digest }) });
  try {
    const answer = await createClient(EnrollmentService, transport).enroll({ token, hostname, csr });
    const { envoyId: id, epoch, owner, hubs } = answer;
    const tls = { certPem: answer.certificatePem, keyPem, caPem: answer.caPem };
    return { id, hostname, epoch, owner: owner as PeerEndpoint, hub: hubs[0] as PeerEndpoint, tls };
  } finally {
    close();
  }
}

/** One check-in, at its owner or elsewhere. */
export async function checkInByRpc({ tls, owner, epoch }: RpcEnvoy, endpoint: PeerEndpoint = owner) {
  const { transport, close } = createPeerTransport({ endpoint, tls });
  try {
    return await createClient(AgentService, transport).checkIn({ epoch });
  } finally {
    close();
  }
}

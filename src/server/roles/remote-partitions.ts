/** The partitions of a hub: spokes, each dialled over mTLS and recognised by its identity, not by its name. */
import { createClient } from '@connectrpc/connect';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { SpokeService } from '../../gen/vigo/v1/spoke_pb.js';
import { formatIdentity } from '../../pki/identity.ts';
import { createPeerTransport } from '../../rpc/peer-transport.ts';
import type { Partitions, PartitionsContext } from './partitions.ts';
import { SPOKE_MESSAGE_BYTES } from './role-parts.ts';

export function connectSpokes({ config, identity, tracing, clock, faults }: PartitionsContext): Partitions {
  const { trustDomain } = identity.ca();
  const spokes = config.spanner.spokes.map((spec) => {
    const endpoint = {
      address: spec.addr,
      identity: formatIdentity({ kind: 'spoke', id: spec.id, trustDomain }),
      spokeId: spec.id,
    };
    const peer = createPeerTransport({
      endpoint,
      tls: identity.peerTls,
      maxMessageBytes: SPOKE_MESSAGE_BYTES,
      interceptors: tracing ? [tracing.client({ 'server.address': spec.addr, 'vigo.spoke': spec.id })] : [],
      clock,
    });
    const client = faults.steps('spoke', createClient(SpokeService, peer.transport));
    return { peer, link: { spec, endpoint, client, health: createClient(Health, peer.transport) } };
  });
  return {
    links: spokes.map(({ link }) => link),
    mount: () => {},
    services: [],
    async close() {
      for (const { peer } of spokes) peer.close();
    },
  };
}

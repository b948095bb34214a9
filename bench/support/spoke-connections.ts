/** Calls to spokes as their hub makes them. */
import { type Client, createClient } from '@connectrpc/connect';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { createPeerTransport } from '../../src/rpc/peer-transport.ts';
import type { BenchContext } from './benchmark.ts';
import type { BenchFleet } from './fleet.ts';
import type { RunningServer } from './processes.ts';

/** In the order of `spokes`. */
export async function connectToSpokes(
  context: BenchContext,
  fleet: BenchFleet,
  spokes: readonly (RunningServer & { readonly id: string })[],
): Promise<Client<typeof SpokeService>[]> {
  const tls = await fleet.credentials({ kind: 'hub' });
  return spokes.map(({ id, ready }) => {
    const endpoint = { address: ready.grpc, identity: fleet.identityOf({ kind: 'spoke', id }) };
    const peer = createPeerTransport({ endpoint, tls });
    context.cleanup.defer(() => peer.close());
    return createClient(SpokeService, peer.transport);
  });
}

// A network of servers that are functions.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { AgentLink, CheckInMessage } from '../../../src/agent/agent-link.ts';
import type { AgentEndpoint } from '../../../src/agent/endpoint.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { CheckInResponseSchema, GetBundleResponseSchema } from '../../../src/gen/vigo/v1/agent_pb.js';
import { LocateResponseSchema } from '../../../src/gen/vigo/v1/hub_pb.js';

export type CheckInAnswer = MessageInitShape<typeof CheckInResponseSchema>;
export type LocateAnswer = MessageInitShape<typeof LocateResponseSchema>;

export interface FakeServers {
  /** By spoke id; one that is missing cannot be reached. An answer of undefined never comes. */
  checkIn: Record<string, (request: CheckInMessage) => CheckInAnswer | undefined>;
  locate: Record<string, () => LocateAnswer>;
}

export interface FakeLink extends AgentLink {
  readonly servers: FakeServers;
  /** "dc1", "locate hub1", in order. */
  readonly calls: string[];
  readonly requests: CheckInMessage[];
  closed: boolean;
}

export const endpoint = (name: string): AgentEndpoint => ({
  address: `${name}.example.com:1530`,
  identity: name.startsWith('hub') ? 'spiffe://fleet.example/hub' : `spiffe://fleet.example/spoke/${name}`,
  spokeId: name,
});

export function createFakeLink(servers: FakeServers): FakeLink {
  const nobody = (name: string) => new VigoError('UNREACHABLE', `cannot reach ${name}: connection refused`);
  const link: FakeLink = {
    servers,
    calls: [],
    requests: [],
    closed: false,
    async checkIn({ spokeId }, request, signal) {
      link.calls.push(spokeId);
      link.requests.push(request);
      const answer = servers.checkIn[spokeId];
      if (!answer) throw nobody(spokeId);
      const response = answer(request);
      if (!response) {
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
        );
      }
      return create(CheckInResponseSchema, response);
    },
    async locate({ spokeId }) {
      link.calls.push(`locate ${spokeId}`);
      const answer = servers.locate[spokeId];
      if (!answer) throw nobody(spokeId);
      return create(LocateResponseSchema, answer());
    },
    getBundle: async () => create(GetBundleResponseSchema),
    async *fetchFile() {},
    async reportRun() {},
    async renewCertificate({ spokeId }) {
      throw nobody(spokeId);
    },
    async confirmCertificate() {},
    use() {},
    close() {
      link.closed = true;
    },
  };
  return link;
}

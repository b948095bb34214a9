/** Servers as an agent remembers them: where they are, and who must answer there. */
import { parseIdentity } from '../pki/identity.ts';
import { parseHostPort } from '../rpc/host-port.ts';

export interface AgentEndpoint {
  /** "host:port" of the mTLS listener. */
  readonly address: string;
  /** SPIFFE URI that the server's certificate must carry. */
  readonly identity: string;
  /** Id of the spoke that answers there; empty for a hub. */
  readonly spokeId: string;
}

/** What `value`, of a message or of a file, says if it names a server that can be dialled; undefined otherwise. */
export function endpointFrom(value: object | null | undefined): AgentEndpoint | undefined {
  const { address, identity, spokeId } = (value ?? {}) as Partial<Record<keyof AgentEndpoint, unknown>>;
  if (typeof address !== 'string' || !parseHostPort(address)) return undefined;
  if (typeof identity !== 'string') return undefined;
  const who = parseIdentity(identity);
  if (!who || who.kind === 'envoy') return undefined;
  return { address, identity, spokeId: typeof spokeId === 'string' ? spokeId : '' };
}

export function sameEndpoint(a: AgentEndpoint, b: AgentEndpoint): boolean {
  return a.address === b.address && a.identity === b.identity;
}

/** How people know it. */
export function nameOf(endpoint: AgentEndpoint): string {
  return endpoint.spokeId || endpoint.address;
}

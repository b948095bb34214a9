/** How an agent talks to servers, as narrow as the check-in loop needs it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { VigoError } from '../fleet/errors.ts';
import type {
  CheckInRequestSchema,
  CheckInResponse,
  FetchFileRequestSchema,
  GetBundleRequestSchema,
  GetBundleResponse,
  ReportRunRequestSchema,
} from '../gen/vigo/v1/agent_pb.js';
import type { LocateRequestSchema, LocateResponse, RenewCertificateResponse } from '../gen/vigo/v1/hub_pb.js';
import type { AgentEndpoint } from './endpoint.ts';
import type { AgentIdentity } from './state.ts';

export type CheckInMessage = MessageInitShape<typeof CheckInRequestSchema>;
export type LocateMessage = MessageInitShape<typeof LocateRequestSchema>;

/** Every call ends when its signal aborts. Failures are VigoErrors; a busy server's is a `ServerBusyError`. */
export interface AgentLink {
  checkIn(endpoint: AgentEndpoint, request: CheckInMessage, signal: AbortSignal): Promise<CheckInResponse>;
  getBundle(
    endpoint: AgentEndpoint,
    request: MessageInitShape<typeof GetBundleRequestSchema>,
    signal: AbortSignal,
  ): Promise<GetBundleResponse>;
  /** The content in parts. */
  fetchFile(
    endpoint: AgentEndpoint,
    request: MessageInitShape<typeof FetchFileRequestSchema>,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  reportRun(
    endpoint: AgentEndpoint,
    request: MessageInitShape<typeof ReportRunRequestSchema>,
    signal: AbortSignal,
  ): Promise<void>;
  locate(endpoint: AgentEndpoint, request: LocateMessage, signal: AbortSignal): Promise<LocateResponse>;
  /** A new certificate for the key of the one in use; asked of a hub. */
  renewCertificate(endpoint: AgentEndpoint, signal: AbortSignal): Promise<RenewCertificateResponse>;
  /** Tells a hub, over a connection of its own, that the certificate in use is on disk. */
  confirmCertificate(endpoint: AgentEndpoint, trustTag: number, signal: AbortSignal): Promise<void>;
  /** New connections use these; the one that is open ends with its last call. */
  use(identity: AgentIdentity): void;
  close(): void;
}

/** The server lives but has too much to do; `retryAfterMs` is what it has said about when to come back. */
export class ServerBusyError extends VigoError {
  constructor(message: string, retryAfterMs: number | undefined, options?: ErrorOptions) {
    super('OVERLOADED', message, { ...options, retryAfterMs });
  }
}

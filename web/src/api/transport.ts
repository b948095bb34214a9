/** How the pages ask the hub that they came from: Connect, binary, with the cookie of the session. */
import { Code, ConnectError, type Interceptor, type StreamResponse, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';

export interface HubTransportOptions {
  /** Called with the name of the method when the hub does not know (any more) who asks. */
  readonly onUnauthenticated: (method: string) => void;
}

// A list waits 5 s for the slowest spoke, which a server may be told to stretch; beyond this nobody waits any more.
const TIMEOUT_MS = 30_000;

export function createHubTransport({ onUnauthenticated }: HubTransportOptions): Transport {
  const noticeSignedOut: Interceptor = (next) => async (request) => {
    const notice = (error: unknown): never => {
      if (ConnectError.from(error).code === Code.Unauthenticated) onUnauthenticated(request.method.name);
      throw error;
    };
    const response = await next(request).catch(notice);
    // A stream may be open for long before its caller is shut out.
    return response.stream ? { ...response, message: untilShutOut(response.message, notice) } : response;
  };
  return createConnectTransport({
    baseUrl: window.location.origin,
    useBinaryFormat: true,
    defaultTimeoutMs: TIMEOUT_MS,
    interceptors: [noticeSignedOut],
  });
}

async function* untilShutOut(messages: StreamResponse['message'], notice: (error: unknown) => never) {
  try {
    yield* messages;
  } catch (error) {
    notice(error);
  }
}

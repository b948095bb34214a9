/** Ends a stream when the credential that it was opened with does. */
import type { StreamRequest, StreamResponse } from '@connectrpc/connect';

/** The end of a credential: aborts, with an UNAUTHENTICATED error as its reason, when it is revoked or expires. */
export interface CredentialEnd extends Disposable {
  readonly signal: AbortSignal;
}

/** Calls on with a signal that also aborts at `end`. What the handler makes of that, the caller is told the reason. */
export async function untilCredentialEnds(
  next: (request: StreamRequest) => Promise<StreamResponse>,
  request: StreamRequest,
  end: CredentialEnd,
): Promise<StreamResponse> {
  const signal = AbortSignal.any([request.signal, end.signal]);
  try {
    const response = await next({ ...request, signal } as StreamRequest);
    return { ...response, message: messagesUntil(response.message, end) } as StreamResponse;
  } catch (error) {
    end[Symbol.dispose]();
    throw end.signal.aborted ? end.signal.reason : error;
  }
}

async function* messagesUntil(messages: StreamResponse['message'], end: CredentialEnd) {
  const iterator = messages[Symbol.asyncIterator]();
  let over = false;
  try {
    for (;;) {
      const step = await nextOrAbort(iterator, end.signal);
      over = step.done === true;
      if (over) return end.signal.throwIfAborted();
      yield step.value;
    }
  } catch (error) {
    over = true;
    throw error;
  } finally {
    end[Symbol.dispose]();
    if (!over) await iterator.return?.();
  }
}

/** The next message, unless `signal` aborts first: also where a handler does not look at it. */
function nextOrAbort<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    iterator
      .next()
      .then(resolve, (error: unknown) => reject((signal.aborted ? signal.reason : error) as Error))
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

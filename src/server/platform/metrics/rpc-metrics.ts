/** How long the calls take that a server answers, by method and by what came of them. */
import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, type Interceptor, type StreamResponse } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import type { Registry } from 'prom-client';
import type { Clock } from '../../../platform/clock.ts';
import { createDurationHistogram, type Durations } from './duration-histogram.ts';

/** The calls of one method. */
export interface CallTimer {
  /** What `ended` is given when the call is over. */
  begun(): number;
  /** `code`: undefined if it went well. */
  ended(begun: number, code: Code | undefined): void;
}

export interface RpcMetrics {
  timer(method: DescMethod): CallTimer;
  /** Goes around everything that makes errors into answers. */
  readonly interceptor: Interceptor;
}

/** From what memory answers at once to what waits for a spoke that hangs; few, because each method has a line a code. */
const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

export function createRpcMetrics(options: { readonly registry: Registry; readonly clock: Clock }): RpcMetrics {
  const { registry, clock } = options;
  const histogram = createDurationHistogram<'service' | 'method' | 'code'>(registry, {
    name: 'vigo_rpc_duration_seconds',
    help: 'Time from when a call was read until its answer, or the end of its stream, was there.',
    buckets: BUCKETS,
  });
  const timers = new Map<DescMethod, CallTimer>();

  const createTimer = ({ parent, name }: DescMethod): CallTimer => {
    // By code, 0 for what went well: there are seventeen.
    const lines: (Durations | undefined)[] = [];
    const lineOf = (code: Code | undefined): Durations =>
      histogram.line({ service: parent.typeName, method: name, code: code === undefined ? 'ok' : codeToString(code) });
    return {
      begun: clock.monotonic,
      ended(begun, code) {
        const line = lines[code ?? 0] ?? lineOf(code);
        lines[code ?? 0] = line;
        line.observe(clock.monotonic() - begun);
      },
    };
  };
  const timer = (method: DescMethod): CallTimer => {
    const known = timers.get(method);
    if (known) return known;
    const made = createTimer(method);
    timers.set(method, made);
    return made;
  };

  return {
    timer,
    interceptor: (next) => async (request) => {
      const call = timer(request.method);
      const begun = call.begun();
      try {
        const response = await next(request);
        if (response.stream) return { ...response, message: timed(response.message, call, begun) };
        call.ended(begun, undefined);
        return response;
      } catch (error) {
        call.ended(begun, codeOf(error));
        throw error;
      }
    },
  };
}

async function* timed(messages: StreamResponse['message'], call: CallTimer, begun: number): StreamResponse['message'] {
  // Whoever stops to read has gone away.
  let code: Code | undefined = Code.Canceled;
  try {
    yield* messages;
    code = undefined;
  } catch (error) {
    code = codeOf(error);
    throw error;
  } finally {
    call.ended(begun, code);
  }
}

const codeOf = (error: unknown): Code => (error instanceof ConnectError ? error.code : Code.Internal);

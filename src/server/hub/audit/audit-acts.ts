/** Around every call of `AdminService`: what changes something is in the audit log, whoever asked and whatever came of it. */
import { Code, ConnectError, type Interceptor, type StreamResponse, type UnaryResponse } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import { type Operator, operatorOf } from '../../platform/admin-auth.ts';
import { ACTS, type ActName, type ActSpec, type ActTools } from './acts.ts';
import type { AuditEvent, AuditLog, BegunAct } from './audit-log.ts';

export interface AuditActsOptions extends ActTools {
  readonly audit: Pick<AuditLog, 'begin'>;
  /** Called with the name of an act's method after it was done. */
  readonly onDone: (method: ActName) => void;
}

type AnySpec = ActSpec<unknown, unknown>;
const specOf = (method: string): AnySpec | undefined =>
  Object.hasOwn(ACTS, method) ? (ACTS as Record<string, AnySpec>)[method] : undefined;

/** Goes inside of what says who is asking. An act that cannot be noted is not done. */
export function auditActs(options: AuditActsOptions): Interceptor {
  return (next) => async (request) => {
    const { localName } = request.method;
    const spec = specOf(localName);
    // Of an upload nothing is known before it has come.
    const known = spec?.before(request.stream ? undefined : request.message);
    if (!spec || !known) return next(request);
    const act = begunAct(operatorOf({ values: request.contextValues }), spec, known);
    const end = await options.audit.begin(act);
    const failed = async (error: unknown): Promise<never> => {
      await end({ ...act, result: resultOf(error) });
      throw error;
    };
    const done = async (answer: unknown): Promise<void> => {
      await end(await endedAct(spec, act, answer, options));
      options.onDone(localName as ActName);
    };
    let response: UnaryResponse | StreamResponse;
    try {
      response = await next(request);
    } catch (error) {
      return failed(error);
    }
    if (response.stream) return { ...response, message: whenAnswered(response.message, done, failed) };
    await done(response.message);
    return response;
  };
}

function begunAct(operator: Operator, spec: AnySpec, known: { subject: string; detail: string }): BegunAct {
  return { actor: operator.name, origin: operator.origin, action: spec.action, ...known };
}

/** Never throws: the act was done, and who asked for it is to hear that. */
async function endedAct(spec: AnySpec, act: BegunAct, answer: unknown, tools: ActTools): Promise<AuditEvent> {
  const told = await tellOf(spec, answer, tools);
  const said = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  return { ...act, ...said };
}

async function tellOf(spec: AnySpec, answer: unknown, tools: ActTools): Promise<Partial<AuditEvent>> {
  try {
    return (await spec.after?.(answer, tools)) ?? {};
  } catch {
    return {};
  }
}

/** The one answer to an upload, when it has been written down. */
async function* whenAnswered(
  messages: StreamResponse['message'],
  done: (answer: unknown) => Promise<void>,
  failed: (error: unknown) => Promise<never>,
): StreamResponse['message'] {
  let answered = false;
  try {
    for await (const message of messages) {
      await done(message);
      answered = true;
      yield message;
    }
  } catch (error) {
    // What happens while the answer is sent does not undo what was done.
    if (answered) throw error;
    await failed(error);
  }
}

function resultOf(error: unknown): string {
  if (error instanceof VigoError) return error.code;
  return error instanceof ConnectError ? (Code[error.code] ?? 'Unknown').toUpperCase() : 'INTERNAL';
}

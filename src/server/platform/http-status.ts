/** `/healthz`: the process is alive. `/readyz`: it serves what its role promises, or says what is missing. */
import { type HttpHandler, notFound, pathOf, sendJson } from './http-json.ts';

export interface HttpStatusOptions {
  /** Why this server is not ready, in words; empty when it is. */
  readonly notReady: () => readonly string[];
  /** Answers every other path; default: 404. */
  readonly next?: HttpHandler;
}

/** GET and HEAD only. */
export function createHttpStatus(options: HttpStatusOptions): HttpHandler {
  const next = options.next ?? notFound;
  return (request, response) => {
    const path = pathOf(request);
    if (path !== '/healthz' && path !== '/readyz') return next(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sendJson(response, 405, { error: { code: 'METHOD_NOT_ALLOWED', message: 'use GET' } });
    }
    const reasons = path === '/readyz' ? options.notReady() : [];
    if (reasons.length > 0) return sendJson(response, 503, { status: 'not_ready', reasons });
    return sendJson(response, 200, { status: path === '/readyz' ? 'ready' : 'alive' });
  };
}

/** `/metrics`: what a server measures, in Prometheus' text format. */
import type { ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { messageOf } from '../../fleet/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { type HttpHandler, type HttpResponse, pathOf, sendJson } from './http-json.ts';

export interface HttpMetricsOptions {
  readonly registry: Registry;
  readonly logger: Logger;
  /** Answers every other path. */
  readonly next: HttpHandler;
}

/** GET and HEAD only. */
export function createHttpMetrics({ registry, logger, next }: HttpMetricsOptions): HttpHandler {
  const answer = async (response: HttpResponse): Promise<void> => {
    try {
      const text = await registry.metrics();
      const either = response as ServerResponse;
      either.writeHead(200, { 'content-type': registry.contentType, 'content-length': Buffer.byteLength(text) });
      either.end(text);
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'metrics not collected');
      sendJson(response, 500, { error: { code: 'INTERNAL', message: 'internal error' } });
    }
  };
  return (request, response) => {
    if (pathOf(request) !== '/metrics') return next(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sendJson(response, 405, { error: { code: 'METHOD_NOT_ALLOWED', message: 'use GET' } });
    }
    void answer(response);
  };
}

/**
 * `GET /ca.pem`: every CA certificate that the fleet trusts, for machines that know only the digest of one (from a token, or from
 * the bootstrap script). It is public; whoever asks compares what comes with the digest.
 */
import type { ServerResponse } from 'node:http';
import { type HttpLayer, pathOf, sendJson } from '../platform/http-json.ts';

export function createCaRoute(trustPem: () => string): HttpLayer {
  return (next) => (request, response) => {
    if (pathOf(request) !== '/ca.pem') return next(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendJson(response, 405, { error: { code: 'METHOD_NOT_ALLOWED', message: 'use GET' } });
    const pem = trustPem();
    // The two classes share these methods, but not the type of their overloads.
    const either = response as ServerResponse;
    either.writeHead(200, {
      'content-type': 'application/x-pem-file',
      'content-length': Buffer.byteLength(pem),
      'cache-control': 'no-store',
    });
    either.end(request.method === 'HEAD' ? undefined : pem);
  };
}

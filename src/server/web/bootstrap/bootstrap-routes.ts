/**
 * GET /bootstrap, /bootstrap/vigocli.tgz, /bootstrap/ca.pem: how a machine becomes an envoy that has nothing of ours yet.
 *
 * Nothing of it is secret and nobody is asked who they are. The script is as trustworthy as the way by which it came; what it
 * fetches is checked by digest, and the enrolment by the CA that the token pins.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { type HttpLayer, type HttpResponse, pathOf } from '../../platform/http-json.ts';
import { createAddressLimiter } from '../address-limiter.ts';
import { errorAnswer, type HttpCall, httpCallOf, STRICT_CSP, sendAnswer } from '../http-call.ts';
import { publicError } from '../public-error.ts';
import { SECURITY_HEADERS } from '../security-headers.ts';
import type { AgentProgram } from './agent-program.ts';
import { bootstrapScript } from './bootstrap-script.ts';
import { createDownloads } from './downloads.ts';

export interface BootstrapRoutesOptions {
  /** Origin of this hub's API, as tokens carry it. */
  readonly apiUrl: () => string;
  /** `digest`: of the CA that tokens pin, SHA-256 in hex; `pem`: of all that agents are to believe. */
  readonly ca: () => { readonly digest: string; readonly pem: string };
  /** The same one at every call, or it rejects; made when it is first asked for. */
  readonly program: () => Promise<AgentProgram>;
  /** The script before it is filled in. */
  readonly template: () => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SCRIPT = '/bootstrap';
const PROGRAM = '/bootstrap/vigocli.tgz';
const CA = '/bootstrap/ca.pem';
/** Machines of a data centre come from one address, and are set up together. */
const BY_ADDRESS = { perSecond: 50, burst: 1_000, maxWaitMs: 30_000 };
const ALTOGETHER = { perSecond: 200, burst: 2_000, maxWaitMs: 30_000 };
/** Some megabytes each, in pieces. */
const MAX_DOWNLOADS = 64;
/** Two megabytes over a line of a modem's speed. */
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

interface Document {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Answers `/bootstrap` and what is below; all else goes on. */
export function createBootstrapRoutes(options: BootstrapRoutesOptions): HttpLayer {
  const { clock, logger } = options;
  const callers = createAddressLimiter({
    byAddress: BY_ADDRESS,
    altogether: ALTOGETHER,
    refusal: 'too many machines are set up at a time: try again',
    clock,
  });
  const downloads = createDownloads({ max: MAX_DOWNLOADS, timeoutMs: DOWNLOAD_TIMEOUT_MS, clock });
  const documents = createDocuments(options);

  const answer = async (call: HttpCall, path: string, response: HttpResponse): Promise<void> => {
    const { method } = call.request;
    const make = documents[path];
    if (!make) {
      const body = { error: { code: 'NOT_FOUND', message: `here are ${SCRIPT}, ${PROGRAM} and ${CA}` } };
      return sendAnswer(response, { status: 404, body });
    }
    if (method !== 'GET' && method !== 'HEAD') {
      const body = { error: { code: 'METHOD_NOT_ALLOWED', message: 'use GET' } };
      return sendAnswer(response, { status: 405, headers: { allow: 'GET, HEAD' }, body });
    }
    callers.enter(call.address);
    const { type, bytes, etag } = await make();
    const headers = { ...HEADERS, 'content-type': type, etag };
    if (call.header('if-none-match') === etag) return sendAnswer(response, { status: 304, headers });
    if (method === 'HEAD')
      return sendAnswer(response, { status: 200, headers: { ...headers, 'content-length': String(bytes.length) } });
    await downloads.send(response, headers, bytes);
  };

  return (next) => (request, response) => {
    const path = pathOf(request);
    if (path !== SCRIPT && !path.startsWith(`${SCRIPT}/`)) return next(request, response);
    const answered = async () => answer(httpCallOf(request), path, response);
    answered()
      .catch((error: unknown) => {
        const told = publicError(error, path, logger);
        if (told.code === 'BOOTSTRAP_UNAVAILABLE') logger.error({ error: told.message }, 'bootstrap impossible');
        // What fetches the program comes back after a 503 by itself.
        sendAnswer(response, { ...errorAnswer(told), ...(told.code === 'OVERLOADED' && { status: 503 }) });
      })
      // What nobody has read would keep the connection from its next request.
      .finally(() => request.resume());
  };
}

const HEADERS = {
  ...SECURITY_HEADERS,
  'content-security-policy': STRICT_CSP,
  // Script and program belong together: nobody in between may keep one of them.
  'cache-control': 'no-cache',
};

/** By path. */
function createDocuments(options: BootstrapRoutesOptions): Readonly<Record<string, () => Promise<Document>>> {
  return {
    [SCRIPT]: async () => {
      const { version, digest, diskKib } = await options.program();
      const { digest: caDigest, pem: caPem } = options.ca();
      const values = { apiUrl: options.apiUrl(), caDigest, caPem, version, packageDigest: digest, packageKib: diskKib };
      return document('text/x-shellscript; charset=utf-8', bootstrapScript(await options.template(), values));
    },
    [PROGRAM]: async () => {
      const { bytes, digest } = await options.program();
      return { type: 'application/gzip', bytes, etag: `"${digest}"` };
    },
    [CA]: async () => document('application/x-pem-file', options.ca().pem),
  };
}

function document(type: string, text: string): Document {
  const bytes = Buffer.from(text);
  return { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('hex')}"` };
}

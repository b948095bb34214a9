/**
 * The web UI as it was built, over a made-up fleet, on a port of this machine: with the security headers under which it has
 * to work, and with signing in (the token is "let me in").
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { Role } from '../../../src/gen/vigo/v1/access_pb.js';
import { AdminService } from '../../../src/gen/vigo/v1/admin_pb.js';
import { createFixtureFleet } from './fixture-fleet.ts';
import { createFixtureService } from './fixture-service.ts';

export interface WebFixtureOptions {
  readonly envoys: number;
  /** Default: an admin. */
  readonly role?: Role;
  /** A spoke is down and one lags behind. Default: no. */
  readonly trouble?: boolean;
  /** Who opens the pages has signed in already. Default: yes. */
  readonly signedIn?: boolean;
  /** Default: any free one. */
  readonly port?: number;
  /** Milliseconds since 1970 UTC, from which all times are counted. Default: now. */
  readonly now?: number;
}

export interface WebFixture {
  /** "http://127.0.0.1:1234" */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const ROOT = join(import.meta.dirname, '../../../dist/web');
const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

export async function startWebFixture(options: WebFixtureOptions): Promise<WebFixture> {
  const { envoys, role = Role.ADMIN, trouble = false, port = 0, now = Date.now() } = options;
  let signedIn = options.signedIn ?? true;
  const fleet = createFixtureFleet({ envoys, trouble, now });
  const service = createFixtureService({ fleet, role, history: trouble });
  const onlySignedIn: Interceptor = (next) => (request) => {
    if (!signedIn) throw new ConnectError('sign in first', Code.Unauthenticated);
    return next(request);
  };
  const rpc = connectNodeAdapter({
    routes: (router) => router.service(AdminService, service),
    interceptors: [onlySignedIn],
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://fixture').pathname;
    if (path.startsWith('/vigo.v1.')) return void rpc(request, response);
    if (path === '/auth/methods') return json(response, 200, { token: true, oidc: { name: 'Example SSO' } });
    if (path === '/auth/logout') {
      signedIn = false;
      return void response.writeHead(204).end();
    }
    if (path === '/auth/login') {
      const { token } = JSON.parse(await bodyOf(request)) as { token: string };
      signedIn = token === 'let me in';
      if (signedIn) return void response.writeHead(204).end();
      return json(response, 401, {
        error: { code: 'UNAUTHENTICATED', message: 'nobody has this token, or it was revoked' },
      });
    }
    await serveFile(path, response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => json(response, 500, { error: { message: String(error) } }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** What is no file is a page of the UI. */
async function serveFile(path: string, response: ServerResponse): Promise<void> {
  const name = /^\/(assets\/)?[\w.-]+\.\w+$/.test(path) ? path.slice(1) : 'index.html';
  const content = await readFile(join(ROOT, name)).catch(() => null);
  if (!content) return void response.writeHead(404).end();
  response
    .writeHead(200, {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': CSP,
    })
    .end(content);
}

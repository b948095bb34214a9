/** A real standalone server in the test's own process, with real listeners on free ports, and raw ways to call it. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import { loadServerConfig } from '../../src/server/config/load-server-config.ts';
import { type Server, startServer } from '../../src/server/serve.ts';
import { cookieFrom, type HttpResult, type HttpWish, sendHttps } from './http-client.ts';
import { createMovableClock, type MovableClock } from './movable-clock.ts';

export type RpcMethod = keyof typeof AdminService.method;

export interface RpcOutcome {
  readonly status: number;
  /** The protocol's name of the error, such as "permission_denied"; undefined if there is none. */
  readonly code: string | undefined;
  readonly message: string;
}

export interface ApiServer {
  readonly clock: MovableClock;
  readonly dataDir: string;
  /** As it is now. */
  readonly caPem: string;
  readonly adminToken: string;
  /** "https://127.0.0.1:port" */
  readonly origin: string;
  /** "host:port" of the listeners that run now. */
  readonly addresses: Server['addresses'];
  /** By the token in the data directory, unless another is given. */
  admin(token?: string): Client<typeof AdminService>;
  http(path: string, wish?: HttpWish): Promise<HttpResult>;
  /** One call of `method` with nothing in it, as no client of ours makes it; resolves with the first that comes back. */
  rpc(method: RpcMethod, headers: Readonly<Record<string, string>>): Promise<RpcOutcome>;
  /** Signs in with a token; the cookie as a browser sends it back. Throws if it is refused. */
  signIn(token: string): Promise<string>;
  /** Headers with which a page of the server's own sends `cookie`. */
  asPage(cookie: string): Record<string, string>;
  /** Stops it and starts it again on the same data, with other lines of server.yaml if they are given. */
  restart(yaml?: string): Promise<void>;
  close(): Promise<void>;
}

export interface ApiServerOptions {
  /** More lines of server.yaml; default none. */
  readonly yaml?: string;
  readonly logger?: Logger;
}

export const SESSION_COOKIE = '__Host-vigo_session';

export async function startApiServer({ yaml = '', logger = silentLogger }: ApiServerOptions = {}): Promise<ApiServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigo-api-'));
  const configFile = join(dataDir, 'server.yaml');
  const configure = (lines: string) => writeFile(configFile, `${FREE_PORTS}${lines}`);
  await configure(yaml);
  const clock = createMovableClock();
  const start = async () => {
    const here = { configFile, dataDir, cwd: dataDir, homeDir: dataDir };
    const config = await loadServerConfig({ ...here, env: {}, isRoot: false, hostname: '127.0.0.1' });
    return startServer({ config, env: {}, version: '1.2.3', programRoot: dataDir, clock, logger });
  };
  let server = await start();
  const adminToken = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  let transports: { close(): void }[] = [];
  const hangUp = () => {
    for (const transport of transports.splice(0)) transport.close();
    transports = [];
  };

  const api: ApiServer = {
    clock,
    dataDir,
    get caPem() {
      return readFileSync(join(dataDir, 'tls/ca.pem'), 'utf8');
    },
    adminToken,
    get origin() {
      return `https://${server.addresses.api}`;
    },
    get addresses() {
      return server.addresses;
    },
    admin(token = adminToken) {
      const transport = createApiTransport({ url: api.origin, caPem: api.caPem, token, timeoutMs: 10_000 });
      transports.push(transport);
      return createClient(AdminService, transport.transport);
    },
    http: (path, wish) => sendHttps(`${api.origin}${path}`, api.caPem, wish),
    rpc: (method, headers) => callRaw(api, method, headers),
    async signIn(token) {
      const answer = await api.http('/auth/login', {
        method: 'POST',
        headers: { origin: api.origin, 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      });
      const cookie = cookieFrom(answer, SESSION_COOKIE);
      if (!cookie) throw new Error(`sign-in refused: ${answer.status} ${answer.text}`);
      return cookie;
    },
    asPage: (cookie) => ({ cookie, origin: api.origin, 'connect-protocol-version': '1' }),
    async restart(lines) {
      hangUp();
      if (lines !== undefined) await configure(lines);
      await server.close();
      server = await start();
    },
    async close() {
      hangUp();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return api;
}

const FREE_PORTS = `server:
  grpc_listen: "127.0.0.1:0"
  api_listen: "127.0.0.1:0"
  metrics_listen: "127.0.0.1:0"
  hostname: 127.0.0.1
`;

const LAST = 2;
const HEAD_BYTES = 5;

async function callRaw(api: ApiServer, method: RpcMethod, headers: HttpWish['headers']): Promise<RpcOutcome> {
  const { name, methodKind } = AdminService.method[method];
  const streams = methodKind !== 'unary';
  const { status, text, body } = await api.http(`/${AdminService.typeName}/${name}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': streams ? 'application/connect+json' : 'application/json' },
    body: streams ? envelope('{}') : '{}',
    ...(streams ? { enough: isWhole } : {}),
  });
  const json = !streams ? text : body[0] === LAST ? body.subarray(HEAD_BYTES).toString() : '{}';
  const parsed = (json.startsWith('{') ? JSON.parse(json) : {}) as Record<string, unknown>;
  const error = (streams ? parsed.error : status === 200 ? undefined : parsed) as Partial<RpcOutcome> | undefined;
  return { status, code: error?.code, message: error?.message ?? '' };
}

function envelope(json: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(json.length, 1);
  return Buffer.concat([head, Buffer.from(json)]);
}

/** The first message of a stream is there. */
const isWhole = (body: Buffer): boolean =>
  body.length >= HEAD_BYTES && body.length >= HEAD_BYTES + body.readUInt32BE(1);

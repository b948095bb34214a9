/** The files of the web UI over a real listener: what browsers get, and what they may do with it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { notFound } from '../../src/server/platform/http-json.ts';
import { createSite } from '../../src/server/web/site.ts';
import { readSiteFiles } from '../../src/server/web/site-files.ts';
import { useServers } from '../support/servers.ts';

const PAGE = '<!doctype html><title>page</title>';
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(2_000))});\n`;

describe('the web UI is served', () => {
  const servers = useServers();
  let dir: string;
  let port: number;

  interface Answer {
    readonly status: number | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
  }

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      const request = httpsRequest(
        {
          host: '127.0.0.1',
          port,
          path,
          method,
          headers,
          ca: servers.pki.caPem,
          checkServerIdentity: () => undefined,
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
          );
        },
      );
      request.on('error', reject);
      request.end();
    });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-site-'));
    await mkdir(join(dir, 'assets'));
    await writeFile(join(dir, 'index.html'), PAGE);
    await writeFile(join(dir, 'assets', 'app-1a2b.js'), SCRIPT);
    await writeFile(join(dir, 'assets', 'notes.unknown'), 'secret');
    await writeFile(join(dir, 'assets', 'app-1a2b.js.br'), brotliCompressSync(SCRIPT));
    await writeFile(join(dir, 'assets', 'app-1a2b.js.gz'), gzipSync(SCRIPT));
    const files = await readSiteFiles(dir);
    const listener = await servers.start({
      tls: await servers.pki.hub(),
      requireClientCert: false,
      routes: () => undefined,
      http: createSite(files)(notFound),
    });
    ({ port } = listener.address);
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('with its page under every path that it shows', async () => {
    for (const path of ['/', '/envoys?status=failed', '/spanner/spokes/dc1', '/runs/1', '/sign-in']) {
      const { status, headers, body } = await ask(path);
      expect([status, body.toString()], path).to.deep.equal([200, PAGE]);
      expect(headers['content-type']).to.equal('text/html; charset=utf-8');
      expect(headers['cache-control']).to.equal('no-cache');
    }
  });

  it('with a policy that lets nothing in from elsewhere, on every answer', async () => {
    for (const path of ['/', '/assets/app-1a2b.js']) {
      const { headers } = await ask(path);
      expect(headers['content-security-policy']).to.match(
        /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/,
      );
      expect(headers['content-security-policy']).not.to.match(/unsafe|\*|http/);
      expect(headers['x-content-type-options']).to.equal('nosniff');
      expect(headers['referrer-policy']).to.equal('no-referrer');
    }
  });

  it('with scripts that browsers keep, compressed as they like it', async () => {
    const plain = await ask('/assets/app-1a2b.js');
    expect(plain.body.toString()).to.equal(SCRIPT);
    expect(plain.headers['cache-control']).to.equal('public, max-age=31536000, immutable');
    const br = await ask('/assets/app-1a2b.js', { 'accept-encoding': 'gzip, br' });
    expect(br.headers['content-encoding']).to.equal('br');
    expect(brotliDecompressSync(br.body).toString()).to.equal(SCRIPT);
    const gz = await ask('/assets/app-1a2b.js', { 'accept-encoding': 'br;q=0, gzip' });
    expect(gz.headers['content-encoding']).to.equal('gzip');
    expect(gunzipSync(gz.body).toString()).to.equal(SCRIPT);
  });

  it('once: what a browser has already is not sent again', async () => {
    const { headers } = await ask('/');
    const again = await ask('/', { 'if-none-match': String(headers.etag) });
    expect([again.status, again.body.length]).to.deep.equal([304, 0]);
  });

  it('to those who only look and to nobody who writes', async () => {
    const head = await ask('/', {}, 'HEAD');
    expect([head.status, head.headers['content-length']]).to.deep.equal([200, String(PAGE.length)]);
    expect((await ask('/', {}, 'POST')).status).to.equal(405);
  });

  it('with the page, and 404, for a person who has mistyped an address; a program is told in JSON', async () => {
    const person = await ask('/envois', { accept: 'text/html,*/*' });
    expect([person.status, person.body.toString()]).to.deep.equal([404, PAGE]);
    const program = await ask('/envois');
    expect([program.status, JSON.parse(program.body.toString()).error.code]).to.deep.equal([404, 'NOT_FOUND']);
  });

  it('without a way to any other file', async () => {
    for (const path of [
      '/assets/notes.unknown',
      '/assets/app-1a2b.js.br',
      '/assets/../../package.json',
      '/assets/%2e%2e/index.html',
      '//etc/passwd',
    ]) {
      const { status, body } = await ask(path);
      expect([status, body.toString().includes('secret')], path).to.deep.equal([404, false]);
    }
  });
});

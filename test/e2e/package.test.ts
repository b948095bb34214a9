/** The npm package: what is in it, how large it is, and that hub, spoke and agent run from it where nothing else is installed. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packAgentProgram } from '../../src/server/web/bootstrap/agent-program.ts';
import '../support/built-product.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { sendHttps } from '../support/http-client.ts';
import { installProduct, type PackedProduct, packProduct } from '../support/packed-product.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Stated figures may be off by so much. */
const TOLERANCE = 0.1;

describe('the npm package', function () {
  this.timeout(240_000);
  let dir: string;
  let packed: PackedProduct;
  let installed: string;
  let version: string;
  const install = async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-package-'));
    ({ version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
    packed = await packProduct(ROOT, dir);
    await mkdir(join(dir, 'prefix'));
    await mkdir(join(dir, 'home'));
    installed = await installProduct(packed.file, join(dir, 'prefix'));
    return { program: join(installed, 'bin/run.js'), env: { HOME: join(dir, 'home'), XDG_CACHE_HOME: undefined } };
  };
  const fleet = useFleetProcesses({ spokes: ['dc1'], run: install });
  after(() => rm(dir, { recursive: true, force: true }));

  it('holds what runs, and nothing that is only for its developers', () => {
    expect(packed.paths).to.include.members([
      'bin/run.js',
      'completions/_vigocli',
      'completions/vigocli.bash',
      'completions/vigocli.fish',
      'dist/cli/main.js',
      'dist/commands/serve.js',
      'dist/THIRD-PARTY.txt',
      'dist/web/index.html',
      'dist/web/index.html.br',
      'dist/web/index.html.gz',
      'oclif.manifest.json',
      'examples/stacks/envoys.vgo',
      'ops/bootstrap/bootstrap.sh',
      'ops/systemd/vigo-hub.service',
      'README.md',
    ]);
    const strange = packed.paths.filter((path) => /\.tsx?$|\.map$|\.tsbuildinfo$|^(src|test|bench|web)\//.test(path));
    expect(strange).to.deep.equal([]);
    expect(packed.paths.filter((path) => /(^|\/)\./.test(path))).to.deep.equal([]);
  });

  it('brings all that it needs: nothing else is installed with it, and the licenses of its packages are there', async () => {
    expect(await readdir(installed)).not.to.include('node_modules');
    const licenses = await readFile(join(installed, 'dist/THIRD-PARTY.txt'), 'utf8');
    const ofWeb = await readFile(join(installed, 'dist/web/THIRD-PARTY.txt'), 'utf8');
    const named = (name: string) => new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: \\S+$`, 'm');
    for (const name of ['@oclif/core', '@connectrpc/connect-node', 'kysely', 'zod', 'pino'])
      expect(licenses).to.match(named(name));
    for (const name of ['react', 'react-dom', 'uplot', 'wouter', '@tanstack/query-core'])
      expect(ofWeb).to.match(named(name));
  });

  it('runs a hub, a spoke and an agent from an empty prefix', async () => {
    await fleet.enroll('web1.dc1.example.com');
    await fleet.runAgent('web1.dc1.example.com');
    const [envoy, ...others] = await fleet.envoys();
    expect(others).to.deep.equal([]);
    expect(envoy).to.include({ hostname: 'web1.dc1.example.com', spoke: 'dc1', reachable: true });
  });

  it('gives new machines the same program as a clone does', async () => {
    const digest = /package_digest='([0-9a-f]{64})'/;
    const caPem = await readFile(join(fleet.hub.dataDir, 'tls/ca.pem'), 'utf8');
    const { text } = await sendHttps(`${fleet.apiUrl}/bootstrap`, caPem);
    expect(digest.exec(text)?.[1]).to.equal((await packAgentProgram(ROOT, version)).digest);
  });

  it('has the sizes that docs/operations.md states', async () => {
    const stated = statedFigures(await readFile(join(ROOT, 'docs/operations.md'), 'utf8'));
    const measured = {
      'the package, packed': packed.size / 1e6,
      'the package, unpacked': packed.unpackedSize / 1e6,
      'what an envoy gets, packed': (await packAgentProgram(ROOT, version)).bytes.length / 1e6,
    };
    for (const [what, megabytes] of Object.entries(measured))
      expect(stated.get(what), `${what}: ${megabytes.toFixed(2)} MB`).to.be.closeTo(megabytes, megabytes * TOLERANCE);
  });
});

/** "| the package, packed | 0.6 MB |" */
function statedFigures(page: string): Map<string, number> {
  const rows = page.matchAll(/^\| (.+?) +\| +([\d.]+) MB +\|$/gm);
  return new Map([...rows].map(([, what = '', megabytes]) => [what, Number(megabytes)]));
}

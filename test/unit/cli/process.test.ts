// The built program as a process: exit codes, and what goes to which stream.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { useTempDir } from '../pki/temp-dir.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
// A cold compiler on a busy machine.
const BUILD_TIMEOUT_MS = 120_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('bin/run.js', function () {
  this.timeout(20_000);
  const dir = useTempDir();

  before(function () {
    this.timeout(BUILD_TIMEOUT_MS);
    const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
  });

  async function run(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const child = spawn(process.execPath, [join(ROOT, 'bin', 'run.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing of the machine that the tests run on, except where Node is.
      env: { PATH: process.env.PATH, HOME: dir(), VIGO_DATA_DIR: dir(), ...env },
    });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code, stdout, stderr };
  }

  const errorOf = (stdout: string) => JSON.parse(stdout).error;

  it('shows help', async () => {
    for (const args of [[], ['--help'], ['spanner'], ['spanner', '--help'], ['envoys', 'list', '--help']]) {
      const { code, stdout, stderr } = await run(args);
      expect({ args, code, stderr }).to.deep.equal({ args, code: 0, stderr: '' });
      expect(stdout).to.include('USAGE');
    }
  });

  it('says its version', async () => {
    expect((await run(['--version'])).stdout).to.match(/^vigocli\/\d+\.\d+\.\d+ /);
  });

  it('ends with 2 for an unknown flag, and says so on stderr', async () => {
    expect(await run(['envoys', 'list', '--bogus'])).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'Error: unknown flag: --bogus\ncode USAGE (see --help)\n',
    });
  });

  it('ends with 2 for an unknown flag, with one JSON document', async () => {
    const { code, stdout, stderr } = await run(['envoys', 'list', '--bogus', '--json']);
    expect({ code, stderr }).to.deep.equal({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).to.deep.equal({
      error: { code: 'USAGE', message: 'unknown flag: --bogus', exit: 2 },
    });
  });

  it('ends with 2 for a command that does not exist, and names those that do', async () => {
    const { code, stdout } = await run(['envoys', 'lst', '--json']);
    expect(code).to.equal(2);
    expect(errorOf(stdout).message).to.match(/^no command "envoys lst"; envoys has: list, /);
    expect((await run(['nope'])).stderr).to.include('no command "nope"');
    expect((await run(['envoys', '--json'])).code).to.equal(2);
  });

  it('ends with 2 for arguments that are missing or too many', async () => {
    expect(await run(['envoys', 'show'])).to.include({ code: 2 });
    expect((await run(['envoys', 'show', 'a', 'b'])).stderr).to.include('unexpected argument: b');
    expect((await run(['spanner', 'drain'])).stderr).to.include('missing flag: --spoke');
    expect((await run(['tokens', 'create', '--ttl', 'soon'])).stderr).to.include('--ttl: "soon" is not a duration');
    expect((await run(['envoys', 'list', '--watch'])).stderr).to.include('needs a terminal');
  });

  it('ends with 5 when no server is known', async () => {
    const { code, stdout } = await run(['envoys', 'list', '--json']);
    expect(code).to.equal(5);
    expect(errorOf(stdout)).to.include({ code: 'UNREACHABLE', exit: 5 });
  });

  it('ends with 5 when the server cannot be reached', async () => {
    // Port 1 is nobody's: it refuses at once.
    const env = { VIGO_HUB: 'https://127.0.0.1:1', VIGO_TOKEN: 'secret' };
    const { code, stdout } = await run(['spanner', 'status', '--json'], env);
    expect(code).to.equal(5);
    expect(errorOf(stdout)).to.include({ code: 'UNREACHABLE', exit: 5 });
    expect((await run(['envoys', 'list', '--all'], env)).stderr).to.include('https://127.0.0.1:1');
  });

  it('ends with 4 without a token', async () => {
    const { code } = await run(['envoys', 'list', '--hub', 'https://127.0.0.1:1']);
    expect(code).to.equal(4);
  });

  it('never colours a pipe', async () => {
    const { stderr } = await run(['envoys', 'list'], { TERM: 'xterm-256color' });
    expect(stderr).to.not.include('\u001b');
  });

  it('issues and installs a license from nothing', async () => {
    const vendor = join(dir(), 'vendor');
    const license = join(dir(), 'new', 'acme.lic');
    expect(await run(['license', 'keygen', '--out', vendor])).to.include({ code: 0 });
    expect(await run(['license', 'keygen', '--out', vendor])).to.include({ code: 1 });
    const fingerprint = JSON.parse((await run(['license', 'fingerprint', '--json'])).stdout).fingerprint;
    expect((await run(['license', 'fingerprint'])).stdout).to.equal(`${fingerprint}\n`);
    const issue = [
      'license',
      'issue',
      '--key',
      join(vendor, 'vendor.key'),
      '--customer',
      'Acme',
      '--tier',
      'enterprise',
    ];
    const terms = ['--envoys', '500', '--expires', '2100-01-01', '--fingerprint', fingerprint, '--out', license];
    expect(await run([...issue, ...terms])).to.include({ code: 0, stdout: `${license}\n` });

    expect((await run(['license', 'install', license])).stderr).to.include('LICENSE_SIGNATURE');
    const env = { VIGO_LICENSE_VENDOR_KEY: join(vendor, 'vendor.pub') };
    expect(await run(['license', 'install', license], env)).to.include({ code: 0 });
    expect(JSON.parse((await run(['license', 'status', '--json'], env)).stdout)).to.deep.include({
      customer: 'Acme',
      tier: 'enterprise',
      envoys: 500,
      expiresAt: '2100-01-01T00:00:00.000Z',
      evaluation: true,
      fingerprint,
      source: 'file',
    });
    expect((await run(['license', 'status'], env)).stdout)
      .to.include('evaluation')
      .and.to.include('no server runs here');
  });

  it('shows the state of an agent that is not enrolled', async () => {
    const { code, stdout } = await run(['agent', 'status', '--state-dir', dir(), '--json']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ enrolled: false, running: false, stateDir: dir() });
    expect((await run(['agent', 'run', '--state-dir', dir()])).stderr).to.include('NOT_ENROLLED');
  });

  it('says on an older Node which one it needs and how to get it', () => {
    const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.19.0'}})";
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', old, join(ROOT, 'bin', 'run.js')], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '' });
    expect(stderr).to.include('Node.js 24').and.to.include('20.19.0').and.to.include('https://nodejs.org');
  });

  it('ends quietly when nobody reads its output', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${join(ROOT, 'bin', 'run.js')}" --help | true`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: dir() },
    });
    expect(await text(child.stderr)).to.equal('');
  });
});

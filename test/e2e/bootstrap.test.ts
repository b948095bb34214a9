/** "curl -k https://hub/bootstrap | VIGO_TOKEN=… sh" on machines that have nothing of ours: they become envoys, once. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { extract, list } from 'tar';
import { tarGz } from '../../src/platform/tar-gz.ts';
import {
  type BootstrapMachine,
  changes,
  createBootstrapMachine,
  type MachineOptions,
} from '../support/bootstrap-machine.ts';
import { type FalseHub, startFalseHub } from '../support/false-hub.ts';
import { findTool } from '../support/find-tool.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { sendHttps } from '../support/http-client.ts';
import { waitFor } from '../support/wait-for.ts';

interface AgentStatus {
  readonly running: boolean;
  readonly pid: number | null;
}

describe('the bootstrap script', function () {
  this.timeout(120_000);
  const fleet = useFleetProcesses({ spokes: ['dc1'] });
  const machines: BootstrapMachine[] = [];
  const newMachine = async (options: MachineOptions = {}) => {
    const machine = await createBootstrapMachine(await mkdtemp(join(fleet.dir, 'machine-')), options);
    machines.push(machine);
    return machine;
  };
  const caPem = () => readFile(join(fleet.hub.dataDir, 'tls/ca.pem'), 'utf8');
  const get = async (path: string) => sendHttps(`${fleet.apiUrl}${path}`, await caPem());
  const status = (machine: BootstrapMachine) =>
    fleet.json<AgentStatus>(['agent', 'status', '--state-dir', machine.stateDir]);
  const stopAgent = async (machine: BootstrapMachine) => {
    const { pid } = await status(machine);
    if (pid !== null) process.kill(pid, 'SIGTERM');
    await waitFor('the agent has ended', async () => !(await status(machine)).running);
  };
  /** A fleet's hub with another program: the same one, and a file more. */
  const newerHub = async (): Promise<{ hub: FalseHub; script: string }> => {
    const [script, program] = [await get('/bootstrap'), await get('/bootstrap/vigocli.tgz')];
    const dir = await mkdtemp(join(fleet.dir, 'newer-'));
    await writeFile(join(dir, 'old.tgz'), program.body);
    await extract({ file: join(dir, 'old.tgz'), cwd: dir });
    const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const packed = files.map(async ({ parentPath, name }) => ({
      path: join(parentPath, name).slice(dir.length + 1),
      content: await readFile(join(parentPath, name)),
    }));
    const bytes = await tarGz(await Promise.all(packed));
    const hub = await startFalseHub(join(fleet.hub.dataDir, 'tls'), (_request, response) => response.end(bytes));
    const digest = createHash('sha256').update(bytes).digest('hex');
    const old = createHash('sha256').update(program.body).digest('hex');
    return { hub, script: script.text.replaceAll(old, digest).replace(/^( *version)='[^']*'/m, "$1='9.0.0'") };
  };
  afterEach(async () => {
    for (const machine of machines.splice(0)) await stopAgent(machine);
  });

  it('makes a machine an envoy: installed, enrolled, started, and listed', async () => {
    const machine = await newMachine();
    const env = { VIGO_TOKEN: await fleet.enrollmentToken(), VIGO_HOSTNAME: 'web1.dc1.example.com', VIGO_START: '1' };
    const result = await machine.bootstrap(fleet.apiUrl, env);
    expect(result.code, result.output).to.equal(0);
    const envoy = await waitFor('it is listed', async () =>
      (await fleet.envoys()).find(({ hostname, reachable }) => hostname === 'web1.dc1.example.com' && reachable),
    );
    expect(envoy).to.include({ spoke: 'dc1', stale: false });
    expect(await machine.nodeArguments())
      .to.include('agent enroll')
      .and.not.include(env.VIGO_TOKEN);
    const again = await machine.bootstrap(fleet.apiUrl, env);
    expect(again.code, again.output).to.equal(0);
    expect(again.output).to.match(/^vigocli: nothing to do: /);
    const { running, pid } = await status(machine);
    expect(running).to.equal(true);

    const { hub, script } = await newerHub();
    const newer = await machine.run(script, { ...env, VIGO_HUB: hub.url });
    await hub.close();
    expect(newer.code, newer.output).to.equal(0);
    const after = await waitFor('the newer agent runs', async () => {
      const now = await status(machine);
      return now.running && now.pid !== pid && now;
    });
    expect(after.pid).to.not.equal(pid);
    const lib = join(machine.root, 'usr/local/lib/vigocli');
    expect(await readlink(join(lib, 'current'))).to.match(/^9\.0\.0-[0-9a-f]{12}$/);
    // The one before is still there, to go back to.
    expect(await readdir(lib)).to.have.length(3);
  });

  for (const [tool, shell, without] of [
    ['curl', 'dash', ['wget']],
    ['curl', 'bash --posix', ['wget']],
    ['wget', 'sh', ['curl']],
  ] as const) {
    it(`changes nothing the second time, with ${tool} and ${shell}`, async () => {
      if (!(await findTool(tool)) || !(await findTool(shell.split(' ')[0] as string))) {
        // Said, so that nobody takes it for tested.
        console.log(`      not tested: ${tool} or ${shell} is not on this machine`);
        return;
      }
      const machine = await newMachine({ without });
      const env = {
        VIGO_TOKEN: await fleet.enrollmentToken(),
        VIGO_HOSTNAME: `${tool}-${shell.slice(0, 4)}.dc1.example.com`,
      };
      const first = await machine.bootstrap(fleet.apiUrl, env, shell);
      expect(first.code, first.output).to.equal(0);
      expect(first.output).to.include(
        `this starts the agent: ${machine.vigocli} agent run --state-dir ${machine.stateDir}`,
      );
      const before = await machine.listing();
      expect(Object.keys(before)).to.include.members(['usr/local/bin/vigocli', 'var/lib/vigo/state.json']);
      const old = await fleet.json<{ token: string }>(['tokens', 'create']);
      for (const token of [env.VIGO_TOKEN, old.token, '']) {
        const again = await machine.bootstrap(fleet.apiUrl, { ...env, VIGO_TOKEN: token }, shell);
        expect(again.code, again.output).to.equal(0);
        expect(again.output).to.match(
          /^vigocli: nothing to do: vigocli [\d.]+ is installed and this machine is enrolled\n$/,
        );
      }
      expect(changes(before, await machine.listing())).to.deep.equal([]);
    });
  }

  it('leaves the agent to systemd where that runs, and has it restarted for a newer program', async () => {
    const machine = await newMachine();
    const log = join(machine.root, '../systemctl.log');
    await mkdir(join(machine.root, 'run/systemd/system'), { recursive: true });
    // Active and enabled from the moment on when somebody has said so.
    await machine.tool(
      'systemctl',
      `case $1 in is-*) test -e ${log}.on;; *) printf '%s\\n' "$*" >>${log}; case $1 in enable) : >${log}.on;; esac;; esac`,
    );
    const env = { VIGO_TOKEN: await fleet.enrollmentToken(), VIGO_HOSTNAME: 'systemd.dc1.example.com' };
    const first = await machine.bootstrap(fleet.apiUrl, env);
    expect(first.code, first.output).to.equal(0);
    expect(await readFile(log, 'utf8')).to.equal('daemon-reload\nenable --now vigo-agent.service\n');
    const unit = await readFile(join(machine.root, 'etc/systemd/system/vigo-agent.service'), 'utf8');
    const { vigocli, stateDir, root } = machine;
    expect(unit).to.include(`\nExecStart=${vigocli} agent run --state-dir ${stateDir} --root ${root}\n`);
    expect(unit).to.include(`\nConditionPathExists=${stateDir}/state.json\n`);
    const before = await machine.listing();
    const again = await machine.bootstrap(fleet.apiUrl, env);
    expect(again.output).to.include('nothing to do');
    expect(changes(before, await machine.listing())).to.deep.equal([]);
    const { hub, script } = await newerHub();
    const newer = await machine.run(script, { ...env, VIGO_HUB: hub.url });
    await hub.close();
    expect(newer.code, newer.output).to.equal(0);
    expect((await readFile(log, 'utf8')).split('\n').slice(2)).to.deep.equal(['restart vigo-agent.service', '']);
  });

  it('brings a program without what only servers need', async () => {
    const file = join(fleet.dir, 'program.tgz');
    await writeFile(file, (await get('/bootstrap/vigocli.tgz')).body);
    const paths: string[] = [];
    const times = new Set<number | undefined>();
    const code: Buffer[] = [];
    await list({
      file,
      onReadEntry(entry) {
        paths.push(entry.path);
        times.add(entry.mtime?.getTime());
        entry.on('data', (bytes) => code.push(bytes));
      },
    });
    expect(paths).to.include.members(['bin/run.js', 'dist/commands/agent/run.js', 'dist/THIRD-PARTY.txt']);
    expect(paths.filter((path) => /^dist\/(commands\/(?!agent\/)|web\/)/.test(path))).to.deep.equal([]);
    const text = String(Buffer.concat(code));
    expect(text).to.include('checked in').and.include('last-run.json');
    // A database, metrics, the web, server.yaml.
    for (const word of ['DatabaseSync', 'vigo_rpc_running', '/auth/login', 'grpc_listen'])
      expect(text).not.to.include(word);
    expect(paths).to.deep.equal(paths.toSorted());
    expect([...times]).to.have.length(1);
  });

  it('is given out with its type, once more only if it has changed, and to those who ask for it by GET or HEAD', async () => {
    const ca = await caPem();
    const types = {
      '/bootstrap': 'text/x-shellscript; charset=utf-8',
      '/bootstrap/vigocli.tgz': 'application/gzip',
      '/bootstrap/ca.pem': 'application/x-pem-file',
    };
    for (const [path, type] of Object.entries(types)) {
      const url = `${fleet.apiUrl}${path}`;
      const { status, headers, body } = await sendHttps(url, ca);
      expect(status, path).to.equal(200);
      expect(headers).to.include({
        'content-type': type,
        'cache-control': 'no-cache',
        'content-length': `${body.length}`,
      });
      const head = await sendHttps(url, ca, { method: 'HEAD' });
      expect(head.headers).to.include({ etag: headers.etag, 'content-length': `${body.length}` });
      expect(head.body).to.have.length(0);
      const same = await sendHttps(url, ca, { headers: { 'if-none-match': String(headers.etag) } });
      expect(same).to.deep.include({ status: 304, text: '' });
      for (const method of ['POST', 'PUT', 'DELETE']) {
        const refused = await sendHttps(url, ca, { method });
        expect(refused.status, method).to.equal(405);
        expect(refused.headers.allow).to.equal('GET, HEAD');
      }
    }
    expect((await sendHttps(`${fleet.apiUrl}/bootstrap/other`, ca)).status).to.equal(404);
    expect((await get('/bootstrap/ca.pem')).text.trim()).to.equal(ca.trim());
  });

  it('is given out by the hub alone', () => {
    const ready = fleet.spoke('dc1').child.log.find(({ msg }) => msg === 'ready');
    expect(ready).to.be.an('object').that.does.not.have.property('api');
  });
});

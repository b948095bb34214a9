/** What the bootstrap script does not do: nothing is installed where something is not as it should be. */
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type BootstrapMachine, createBootstrapMachine, type MachineOptions } from '../support/bootstrap-machine.ts';
import { startFalseHub } from '../support/false-hub.ts';
import { findTool } from '../support/find-tool.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { sendHttps } from '../support/http-client.ts';

describe('the bootstrap script refuses', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({});
  let script: string;
  let program: Buffer;
  let env: { VIGO_TOKEN: string; VIGO_HOSTNAME: string };

  before(async () => {
    const caPem = await readFile(join(fleet.hub.dataDir, 'tls/ca.pem'), 'utf8');
    script = (await sendHttps(`${fleet.apiUrl}/bootstrap`, caPem)).text;
    program = (await sendHttps(`${fleet.apiUrl}/bootstrap/vigocli.tgz`, caPem)).body;
    env = { VIGO_TOKEN: await fleet.enrollmentToken(), VIGO_HOSTNAME: 'web1.example.com' };
  });
  const newMachine = async (options?: MachineOptions) =>
    createBootstrapMachine(await mkdtemp(join(fleet.dir, 'machine-')), options);
  const tlsDir = () => join(fleet.hub.dataDir, 'tls');
  /** Fails with these words, and there is nothing below the root but what was there. */
  const expectRefused = async (
    machine: BootstrapMachine,
    words: string | RegExp,
    more: NodeJS.ProcessEnv = {},
    text = script,
  ) => {
    const before = await machine.listing();
    const { code, output } = await machine.run(text, { ...env, ...more });
    expect(code, output).to.be.greaterThan(0);
    if (typeof words === 'string') expect(output).to.include(words);
    else expect(output).to.match(words);
    expect(await machine.listing()).to.deep.equal(before);
  };

  it('without Node.js, or with one that is too old', async () => {
    await expectRefused(
      await newMachine({ without: ['node'] }),
      /Node\.js 24 or newer is needed, and there is no "node" on PATH: get it from https:/,
    );
    const machine = await newMachine();
    await machine.tool('node', 'echo v20.19.0');
    await expectRefused(
      machine,
      `Node.js 24 or newer is needed, and ${machine.path}/node is v20.19.0: get it from https:`,
    );
    await machine.tool('node', 'echo something else');
    await expectRefused(machine, 'is no Node.js');
    await machine.tool('node', 'exit 1');
    await expectRefused(machine, 'cannot be run');
  });

  it('without the tools that it needs', async () => {
    await expectRefused(await newMachine({ without: ['curl', 'wget'] }), 'curl or wget is needed');
    await expectRefused(await newMachine({ without: ['tar'] }), 'tar is needed');
  });

  it('without a token, and with one that is cut off, of another kind or of another fleet', async () => {
    const machine = await newMachine();
    const ofSpoke = env.VIGO_TOKEN.replace('vigoe_', 'vigoj_');
    await expectRefused(machine, 'an enrolment token is needed', { VIGO_TOKEN: '' });
    for (const token of [env.VIGO_TOKEN.slice(0, -1), ofSpoke, 'vigoe_', 'x; rm -rf /', `${env.VIGO_TOKEN} more`])
      await expectRefused(machine, 'VIGO_TOKEN is no enrolment token, or cut off', { VIGO_TOKEN: token });
    const other = await startFalseHub(await mkdtemp(join(fleet.dir, 'other-ca-')), () => undefined);
    await other.close();
    const foreign = script.replace(
      /^-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----$/m,
      other.caPem.trim(),
    );
    await expectRefused(machine, 'the token was made for another fleet', {}, foreign);
  });

  it('where it cannot write, and paths and addresses that could mean something to a shell', async () => {
    const machine = await newMachine();
    await mkdir(machine.root);
    await writeFile(join(machine.root, 'usr'), 'a file where a folder should be');
    await expectRefused(machine, /cannot be written by .*: run this as root/);
    for (const path of ['/a b', '/$(id)', '/a;b', '/"a'])
      await expectRefused(machine, 'cannot be used', { VIGO_PREFIX: path });
    await expectRefused(machine, 'it must begin with /', { VIGO_ROOT: 'relative' });
    for (const url of ['http://127.0.0.1', 'https://a b', 'https://$(id)', 'https://'])
      await expectRefused(machine, 'no address of a hub', { VIGO_HUB: url });
  });

  it('a disk that is too small', async () => {
    const machine = await newMachine();
    await machine.tool(
      'df',
      'echo Filesystem 1024-blocks Used Available Capacity Mounted on; echo /dev/sda1 1000 900 100 90% /',
    );
    await expectRefused(machine, /needs \d+ KiB, and 100 KiB are free there/);
  });

  it('to take the place of a vigocli that was installed otherwise', async () => {
    const machine = await newMachine();
    await mkdir(dirname(machine.vigocli), { recursive: true });
    await symlink('../lib/node_modules/vigocli/bin/run.js', machine.vigocli);
    await expectRefused(machine, 'was installed otherwise');
  });

  it('a program that is not the one that the script was made for', async () => {
    const tampered = Buffer.from(program);
    tampered[tampered.length - 100] = (tampered[tampered.length - 100] ?? 0) ^ 1;
    const hub = await startFalseHub(tlsDir(), (_request, response) => response.end(tampered));
    const machine = await newMachine();
    await expectRefused(machine, 'is not the program that this script was made for', { VIGO_HUB: hub.url });
    await hub.close();
    const digest = /package_digest='([0-9a-f]{64})'/.exec(script)?.[1] as string;
    await expectRefused(
      machine,
      'nothing was installed',
      {},
      script.replaceAll(
        digest,
        digest.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      ),
    );
  });

  it('to talk to a server whose certificate is not from the fleet’s CA, with curl and with wget', async () => {
    const stranger = await startFalseHub(await mkdtemp(join(fleet.dir, 'stranger-')), (_request, response) =>
      response.end(program),
    );
    for (const [tool, without] of [
      ['curl', 'wget'],
      ['wget', 'curl'],
    ] as const) {
      // Said, so that nobody takes it for tested.
      if (!(await findTool(tool))) console.log(`      not tested: ${tool} is not on this machine`);
      else
        await expectRefused(await newMachine({ without: [without] }), 'could not be fetched', {
          VIGO_HUB: stranger.url,
        });
    }
    expect(stranger.asked).to.deep.equal([]);
    await stranger.close();
  });

  it('half a program: the hub has gone in the middle', async () => {
    const hub = await startFalseHub(tlsDir(), (_request, response) => {
      response.writeHead(200, { 'content-length': program.length });
      response.write(program.subarray(0, program.length / 2), () => response.destroy());
    });
    const machine = await newMachine();
    await expectRefused(machine, 'could not be fetched', { VIGO_HUB: hub.url });
    expect(hub.asked).to.deep.equal(['/bootstrap/vigocli.tgz']);
    await hub.close();
    await expectRefused(machine, 'could not be fetched', { VIGO_HUB: hub.url });
  });

  it('to do anything when it was itself cut off, wherever that was', async () => {
    const machine = await newMachine();
    const cuts = Array.from({ length: 60 }, (_, i) => Math.floor((script.length * i) / 60));
    const lastLine = Array.from({ length: 18 }, (_, i) => script.length - 2 - i);
    for (const cut of [...cuts, ...lastLine]) {
      const { output } = await machine.run(script.slice(0, cut), env);
      expect(await machine.listing(), `cut at ${cut}: ${output}`).to.deep.equal({});
    }
  });

  it('to call a machine enrolled that is not, and goes on where it stopped', async () => {
    const machine = await newMachine();
    const used = await fleet.json<{ token: string; id: string }>(['tokens', 'create']);
    await fleet.json(['tokens', 'revoke', used.id]);
    const first = await machine.run(script, { ...env, VIGO_TOKEN: used.token });
    expect(first.code, first.output).to.be.greaterThan(0);
    expect(first.output).to.include('the program is installed, but the machine is not enrolled');
    const second = await machine.run(script, env);
    expect(second.code, second.output).to.equal(0);
    expect(second.output).to.include('enrolled web1.example.com').and.not.include('fetching');
  });
});

/** Server and agent under systemd, whose `systemd-notify` is a stand-in that writes down what it is to tell. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { STOP_MS } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

describe('under systemd', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ checkinInterval: '1h' });

  /** An environment in which `script` is systemd-notify; `told` reads what it has written down, a message a line. */
  const systemd = async (name: string, script?: string) => {
    const dir = join(fleet.dir, name);
    const log = join(dir, 'told');
    await mkdir(dir);
    await writeFile(join(dir, 'systemd-notify'), `#!/bin/sh\n${script ?? `echo "$NOTIFY_SOCKET $*" >>${log}`}\n`, {
      mode: 0o755,
    });
    const env = { PATH: `${dir}:/usr/bin:/bin`, NOTIFY_SOCKET: '/run/stand-in', WATCHDOG_USEC: '200000' };
    const told = async () => (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
    const said = (...messages: RegExp[]) =>
      waitFor(`${messages.join(', ')} was told`, async () => {
        let rest = await told();
        for (const message of messages) {
          const at = rest.findIndex((line) => message.test(line));
          if (at < 0) return false;
          rest = rest.slice(at + 1);
        }
        return true;
      });
    return { env, told, said };
  };
  const serve = (dataDir: string, env: NodeJS.ProcessEnv) =>
    fleet.processes.start('server', ['serve', '--data-dir', dataDir, '--config', join(fleet.dir, `${dataDir}.yaml`)], {
      env,
    });
  const newServer = async (name: string) => {
    const yaml = `server: { grpc_listen: "127.0.0.1:0", api_listen: "127.0.0.1:0", metrics_listen: "127.0.0.1:0", hostname: 127.0.0.1 }\n`;
    await writeFile(join(fleet.dir, `${name}.yaml`), yaml);
    return name;
  };

  it('a server says when it is ready, reloads, lives and stops', async () => {
    const { env, told, said } = await systemd('for-server');
    const server = serve(await newServer('one'), env);
    await server.waitForLog('ready', ({ msg }) => msg === 'ready');
    await said(/^\/run\/stand-in READY=1$/, /WATCHDOG=1$/, /WATCHDOG=1$/);
    server.signal('SIGHUP');
    await said(/READY=1/, /RELOADING=1 MONOTONIC_USEC=\d+$/, /READY=1$/);
    expect((await fleet.processes.stop(server)).code).to.equal(0);
    await said(/READY=1/, /STOPPING=1$/);
    expect(
      (await told()).filter((line) => !/ (READY|WATCHDOG|STOPPING)=1$| RELOADING=1 MONOTONIC_USEC=\d+$/.test(line)),
    ).to.deep.equal([]);
  });

  it('an agent says the same, and checks in at once when it is told to reload', async () => {
    const { env, said } = await systemd('for-agent');
    await fleet.enroll('web1.example.com');
    const where = ['--state-dir', fleet.stateDir('web1.example.com'), '--root', fleet.rootOf('web1.example.com')];
    const agent = fleet.processes.start('agent', ['agent', 'run', ...where], { env });
    const checkedIn = ({ msg }: { msg: string }) => msg === 'checked in';
    await agent.waitForLog('a check-in', checkedIn);
    await said(/READY=1$/, /WATCHDOG=1$/);
    const lines = agent.log.length;
    const seen = async () => (await fleet.envoys())[0]?.lastSeenAt;
    const before = await seen();
    agent.signal('SIGHUP');
    // The next check-in of its own would come in an hour.
    await waitFor('another check-in', async () => (await seen()) !== before);
    await said(/READY=1$/, /RELOADING=1/, /READY=1$/);
    expect(lines).to.be.greaterThan(0);
    expect((await fleet.processes.stop(agent)).code).to.equal(0);
    await said(/STOPPING=1$/);
  });

  it('nobody waits for a systemd-notify that hangs, and one that is missing is told of once', async () => {
    const hanging = await systemd('hanging', 'exec sleep 60');
    const server = serve(await newServer('two'), hanging.env);
    await server.waitForLog('ready', ({ msg }) => msg === 'ready');
    server.signal('SIGHUP');
    await server.waitForLog('reloaded', ({ msg }) => msg === 'reloaded');
    const begun = performance.now();
    expect((await fleet.processes.stop(server)).code).to.equal(0);
    expect(performance.now() - begun).to.be.lessThan(STOP_MS);

    const without = serve(await newServer('three'), { ...hanging.env, PATH: join(fleet.dir, 'nothing') });
    await without.waitForLog('a complaint', ({ msg }) => msg === 'systemd could not be told');
    without.signal('SIGHUP');
    await without.waitForLog('reloaded', ({ msg }) => msg === 'reloaded');
    expect((await fleet.processes.stop(without)).code).to.equal(0);
    const complaints = without.log.filter(({ msg }) => msg === 'systemd could not be told');
    expect(complaints).to.have.length(1);
    expect(String(complaints[0]?.error)).to.include('ENOENT');
  });
});

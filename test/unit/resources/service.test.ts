// Services: the real systemctl below a root, where it changes files; what needs a running systemd through a stand-in.
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createHost } from '../../../src/agent/host/host.ts';
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import type { Spec } from '../../../src/resources/resource-type.ts';
import { service } from '../../../src/resources/service.ts';
import { hasTools, useTempRoot } from './temp-root.ts';

const { signal } = new AbortController();
/** A second goes by at once. */
const clock: Clock = { ...systemClock, after: (ms, fn) => systemClock.after(ms === 1_000 ? 0 : ms, fn) };

describe('a service', () => {
  const system = useTempRoot();

  it('cannot run below a root of its own, and the machine itself is not asked', async () => {
    await system.write('bin/systemctl', `#!/bin/sh\ntouch ${system.root}/called\n`, 0o755);
    const options = { path: join(system.root, 'bin') };
    const report = await system.converge('service', { service: 'nginx' }, options);
    expect(report.outcome).to.equal('failed');
    expect(report.message).to.include(`nothing runs below ${system.root}`);
    expect(await system.tree()).to.not.include('called');
    expect((await system.converge('service', { service: 'nginx', ensure: 'stopped' }, options)).outcome).to.equal('ok');
  });

  it('has no name that systemctl takes for something else', async () => {
    for (const name of ['--now', 'ngin*', 'a b', ''])
      expect((await system.converge('service', { service: name })).message).to.equal(
        `"${name}" is no name of a service`,
      );
  });

  if (hasTools('systemctl')) {
    const unit = (name: string, more = '') =>
      system.write(`etc/systemd/system/${name}.service`, `[Service]\nExecStart=/bin/true\n${more}`);
    const stopped = (name: string, enabled: boolean) =>
      system.twice('service', { service: name, ensure: 'stopped', enabled });

    it('is enabled and disabled below a root, and is so the second time', async () => {
      await unit('own', '[Install]\nWantedBy=multi-user.target\n');
      expect(await stopped('own', true)).to.equal('changed: it is not enabled; ok');
      const link = join(system.root, 'etc/systemd/system/multi-user.target.wants/own.service');
      expect(await readlink(link)).to.equal('/etc/systemd/system/own.service');
      expect(await stopped('own', false)).to.equal('changed: it is enabled; ok');
    });

    it('that only others start is as enabled as it can be, and need not be disabled', async () => {
      await unit('helper');
      expect(await stopped('helper', true)).to.equal('ok; ok');
      expect(await stopped('helper', false)).to.equal('ok; ok');
    });

    it('that is not there is not enabled, and cannot be', async () => {
      expect(await stopped('nosuch', false)).to.equal('ok; ok');
      expect(await stopped('nosuch', true))
        .to.include('systemctl ended with 1')
        .and.to.include('nosuch.service');
    });
  } else {
    it('has failed on this machine, which has no systemctl, for the reason that it has none', async () => {
      const report = await system.converge('service', { service: 'x', ensure: 'stopped', enabled: true });
      expect(report).to.include({ outcome: 'failed', message: 'this machine has no systemd' });
    });
  }

  describe('of a running systemd', () => {
    /** Answers as systemd 252 does; `state` is what the unit is, `onStart` what becomes of it. Calls that change are written down. */
    async function useSystemd(state: string, onStart: string, { answers = true, outdated = 'no' } = {}) {
      await system.write('state', `${state}\n`);
      await system.write(
        'bin/systemctl',
        `#!/bin/sh
cd ${system.root}
case $1 in
  is-active) ${answers ? '' : 'echo "Failed to connect to bus" >&2; exit 1;'} read s < state; echo $s; test $s = active || exit 3;;
  is-enabled) echo disabled; exit 1;;
  show) case $2 in *NeedDaemonReload) echo ${outdated};; *) echo Result=exit-code; echo ExecMainStatus=203;; esac;;
  *) echo "$@" >> calls;;
esac
case $1 in start|restart|reload-or-restart) echo ${onStart} > state;; stop) echo inactive > state;; esac
`,
        0o755,
      );
      const host = createHost({
        root: '/',
        blob: async () => undefined,
        signal,
        path: `${system.root}/bin:/usr/bin:/bin`,
        clock,
      });
      const spec = (more: Spec) => ({ service: 'nginx', ...more });
      return {
        inspect: (more: Spec = {}) => service.inspect(spec(more), host),
        apply: (more: Spec = {}) => service.apply(spec(more), host),
        trigger: (more: Spec = {}) => service.trigger!(spec(more), host),
        calls: async () => (await system.read('calls').catch(() => '')).trim().split('\n'),
      };
    }
    const messageOf = (done: Promise<unknown>) =>
      done.then(
        () => 'it has not failed',
        (error: Error) => error.message,
      );

    it('is started and stopped', async () => {
      const nginx = await useSystemd('inactive', 'active');
      expect(await nginx.inspect()).to.equal('it is inactive, should be running');
      await nginx.apply();
      expect(await nginx.inspect()).to.equal(undefined);
      expect(await nginx.inspect({ ensure: 'stopped' })).to.equal('it is active, should be stopped');
      await nginx.apply({ ensure: 'stopped' });
      expect(await nginx.calls()).to.deep.equal(['start -- nginx', 'stop -- nginx']);
    });

    it('that dies at once has not been started, and the reason is told', async () => {
      for (const state of ['failed', 'activating']) {
        const nginx = await useSystemd('inactive', state);
        expect(await messageOf(nginx.apply())).to.equal(
          `it was started, but is ${state} a second later (Result=exit-code, ExecMainStatus=203): see "journalctl -u nginx"`,
        );
        expect(await messageOf(nginx.trigger())).to.include('it was started, but is');
      }
    });

    it('that is started again and again is not stopped', async () => {
      const nginx = await useSystemd('activating', 'active');
      expect(await nginx.inspect({ ensure: 'stopped' })).to.equal('it is activating, should be stopped');
    });

    it('is restarted by its unit file as it is now', async () => {
      const nginx = await useSystemd('active', 'active', { outdated: 'yes' });
      expect(await nginx.trigger()).to.equal('it was restarted');
      expect(await nginx.trigger({ reload: true })).to.equal('it was reloaded');
      expect(await nginx.trigger({ ensure: 'stopped' })).to.equal('it stays stopped');
      expect((await nginx.calls()).slice(0, 2)).to.deep.equal(['daemon-reload', 'restart -- nginx']);
    });

    it('is not taken for stopped because systemd does not answer', async () => {
      const nginx = await useSystemd('active', 'active', { answers: false });
      expect(await messageOf(nginx.inspect({ ensure: 'stopped' }))).to.include('Failed to connect to bus');
    });
  });
});

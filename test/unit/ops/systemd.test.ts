/** The unit files: what each must say, that what it starts exists, and what systemd itself says of it where it is there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@oclif/core/config';
import { expect } from 'chai';
import { loadConfig } from '../../../src/cli/main.ts';
import { findTool } from '../../support/find-tool.ts';

const ROOT = join(import.meta.dirname, '../../..');
const UNITS = ['vigo-hub', 'vigo-spoke', 'vigo-agent'] as const;
/** A server ends within this much by itself. */
const SERVER_STOP_S = 5;

const textOf = (unit: string): string => readFileSync(join(ROOT, 'ops/systemd', `${unit}.service`), 'utf8');

/** Directive → its values, of all sections. */
function directivesOf(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (name) found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

describe('the systemd units', () => {
  let config: Config;

  before(async () => {
    config = await loadConfig({ root: ROOT, commands: './src/commands' });
  });

  for (const unit of UNITS) {
    const directives = directivesOf(textOf(unit));
    const value = (name: string) => directives.get(name)?.join(' ');

    it(`${unit}: is told by the program when it is ready, reloads on SIGHUP, is started again when it fails`, () => {
      expect(value('Type')).to.equal('notify');
      expect(value('ExecReload')).to.equal('/bin/kill -HUP $MAINPID');
      expect(value('Restart')).to.equal('on-failure');
      expect(value('RestartSec')).to.match(/^\d+s$/);
      expect(value('WatchdogSec')).to.match(/^\d+min$/);
      expect(Number.parseInt(value('TimeoutStopSec') ?? '', 10)).to.be.greaterThan(SERVER_STOP_S);
      expect(value('WantedBy')).to.equal('multi-user.target');
      expect(directives.has('MemoryDenyWriteExecute') && value('MemoryDenyWriteExecute')).to.equal('no');
      for (const [name, values] of directives) expect(values, name).to.have.length(1);
    });

    it(`${unit}: starts a command that there is, with flags that it has`, () => {
      const [program, ...words] = (value('ExecStart') ?? '').split(' ');
      expect(program).to.equal('/usr/local/bin/vigocli');
      const firstFlag = words.findIndex((word) => word.startsWith('--'));
      const command = config.findCommand(words.slice(0, firstFlag).join(':'));
      expect(command, words.join(' ')).to.be.an('object');
      for (const word of words.filter((name) => name.startsWith('--'))) {
        const flag = command?.flags[word.slice(2)] as { options?: string[] } | undefined;
        expect(flag, word).to.be.an('object');
        if (flag?.options) expect(flag.options).to.include(words[words.indexOf(word) + 1]);
      }
    });

    it(`${unit}: is in order for systemd`, async () => {
      if (!(await findTool('systemd-analyze'))) {
        // Said, so that nobody takes it for tested.
        console.log(`      not tested: systemd-analyze is not on this machine`);
        return;
      }
      const dir = mkdtempSync(join(tmpdir(), 'vigo-unit-'));
      try {
        const file = join(dir, `${unit}.service`);
        // The program need not be installed here.
        writeFileSync(file, textOf(unit).replace('ExecStart=/usr/local/bin/vigocli', 'ExecStart=/bin/sh'));
        const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
          encoding: 'utf8',
        });
        // It also looks at units of the machine that this one is ordered by.
        const lines = (stdout + stderr).split('\n').filter((line) => line.includes(unit) || line.includes(dir));
        expect(lines).to.deep.equal([]);
        expect(status, stderr).to.equal(0);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    });
  }

  for (const unit of ['vigo-hub', 'vigo-spoke']) {
    const directives = directivesOf(textOf(unit));

    it(`${unit}: may do little, has room for its connections, and writes to its data alone`, () => {
      const expected: Record<string, string> = {
        // Its systemd-notify is an ordinary user's and cannot speak in the name of the main process.
        NotifyAccess: 'all',
        User: 'vigo',
        NoNewPrivileges: 'yes',
        CapabilityBoundingSet: '',
        AmbientCapabilities: '',
        ProtectSystem: 'strict',
        ReadWritePaths: '/srv/vigo',
        ProtectHome: 'yes',
        PrivateTmp: 'yes',
        PrivateDevices: 'yes',
        ProtectKernelLogs: 'yes',
        ProtectKernelModules: 'yes',
        ProtectKernelTunables: 'yes',
        ProtectControlGroups: 'yes',
        RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
        SystemCallFilter: '@system-service',
        SystemCallArchitectures: 'native',
        RestrictNamespaces: 'yes',
        LockPersonality: 'yes',
      };
      for (const [name, value] of Object.entries(expected)) expect(directives.get(name), name).to.deep.equal([value]);
      expect(Number(directives.get('LimitNOFILE'))).to.be.greaterThan(100_000);
      const [start = ''] = directives.get('ExecStart') ?? [];
      expect(start)
        .to.include('--data-dir /srv/vigo')
        .and.to.include(`--role ${unit.slice(5)}`);
    });
  }

  it('vigo-agent: is root, and nothing that a policy may want to do is taken from it', () => {
    const directives = directivesOf(textOf('vigo-agent'));
    for (const name of [
      'User',
      'ProtectSystem',
      'ProtectHome',
      'NoNewPrivileges',
      'CapabilityBoundingSet',
      'PrivateTmp',
    ])
      expect(directives.has(name), name).to.equal(false);
    expect(directives.get('NotifyAccess')).to.deep.equal(['main']);
    expect(directives.get('KillMode')).to.deep.equal(['process']);
    expect(directives.get('LockPersonality')).to.deep.equal(['yes']);
    expect(textOf('vigo-agent')).to.match(/^# {3}NoNewPrivileges, /m);
  });
});

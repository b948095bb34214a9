import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { converge, type RunResource } from '../../../../src/agent/convergence/converge.ts';
import { createHost } from '../../../../src/agent/host/host.ts';
import { systemClock } from '../../../../src/platform/clock.ts';
import { RESOURCE_TYPES } from '../../../../src/resources/index.ts';
import type { Spec } from '../../../../src/resources/resource-type.ts';
import { owedInMemory } from '../../../support/owed.ts';

const { signal } = new AbortController();

describe('a run', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vigo-root-'));
    await mkdir(join(root, 'etc'));
    await mkdir(join(root, 'tmp'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const resource = (id: string, type: string, spec: Spec, more: Partial<RunResource> = {}): RunResource => {
    return { id, type, spec, dependsOn: [], notify: [], ...more };
  };
  const run = async (
    resources: RunResource[],
    { path = '/usr/bin:/bin', stop = signal, owed = owedInMemory() } = {},
  ) => {
    const blob = async () => join(root, 'blob');
    const host = createHost({ root, blob, signal: stop, path, clock: systemClock });
    return converge({ resources, types: RESOURCE_TYPES, host, owed, clock: systemClock, signal: stop });
  };
  const outcomes = async (...args: Parameters<typeof run>) =>
    (await run(...args)).map(({ outcome }) => outcome).join(' ');
  const text = (path: string) => readFile(join(root, path), 'utf8');

  it('puts files, directories, links and lines right, and finds nothing to do the second time', async () => {
    await writeFile(join(root, 'blob'), 'from the bundle');
    await writeFile(join(root, 'etc/hosts'), 'one\nport=1\n');
    const sha = createHash('sha256').update('from the bundle').digest('hex');
    const resources = [
      resource('a/dir', 'directory', { target_path: '/opt/app', mode: '0750' }),
      resource('a/file', 'file', { target_path: '/opt/app/conf', content: 'hello\n', mode: '0600' }),
      resource('a/source', 'file', { target_path: '/opt/app/key', content_sha256: sha }),
      resource('a/link', 'symlink', { target_path: '/opt/current', to: 'app' }),
      resource('a/line', 'line', { target_path: '/etc/hosts', line: 'port=2', match: '^port=' }),
      resource('a/added', 'line', { target_path: '/etc/hosts', line: 'two' }),
      resource('a/cron', 'cron', { job: 'x', schedule: '@daily', command: 'true' }),
      resource('a/gone', 'file', { target_path: '/etc/gone', ensure: 'absent' }),
    ];
    await writeFile(join(root, 'etc/gone'), 'x');
    expect(await outcomes(resources)).to.equal(Array(8).fill('changed').join(' '));
    expect(await text('opt/app/conf')).to.equal('hello\n');
    expect((await lstat(join(root, 'opt/app/conf'))).mode & 0o7777).to.equal(0o600);
    expect((await lstat(join(root, 'opt/app'))).mode & 0o7777).to.equal(0o750);
    expect(await text('opt/app/key')).to.equal('from the bundle');
    expect(await readlink(join(root, 'opt/current'))).to.equal('app');
    expect(await text('etc/hosts')).to.equal('one\nport=2\ntwo\n');
    expect(await text('etc/cron.d/x')).to.equal('@daily root true\n');
    expect(await outcomes(resources)).to.equal(Array(8).fill('ok').join(' '));
    await chmod(join(root, 'opt/app/conf'), 0o644);
    await writeFile(join(root, 'etc/hosts'), 'port=2\n');
    expect(await outcomes(resources)).to.equal('ok changed ok ok ok changed ok ok');
  });

  it('runs a command when its guard says so, and fails if the guard says so still', async () => {
    const creates = { command: 'echo x > "$VIGO_ROOT/tmp/made"', creates: '/tmp/made' };
    expect(await outcomes([resource('a/x', 'exec', creates)])).to.equal('changed');
    expect(await outcomes([resource('a/x', 'exec', creates)])).to.equal('ok');
    const [useless] = await run([resource('a/y', 'exec', { command: 'true', unless: 'false' })]);
    expect(useless).to.include({ outcome: 'failed', message: '"false" fails, also after it was put right' });
    const [broken] = await run([resource('a/z', 'exec', { command: 'echo why >&2; exit 3', unless: 'false' })]);
    expect(broken).to.include({ outcome: 'failed', message: 'the command ended with 3: why' });
    const [slow] = await run([
      resource('a/s', 'exec', { command: 'sleep 60 & sleep 60', unless: 'false', timeout: 0.1 }),
    ]);
    expect(slow?.outcome).to.equal('failed');
    expect(slow?.message).to.include('took longer than 0.1 s');
  });

  it('does not wait for what a command has left behind, in its group or outside', async () => {
    const [begun, creates] = [systemClock.monotonic(), '/tmp/left'];
    for (const leave of ['sleep 30 &', 'setsid sleep 30 &']) {
      const command = `${leave} touch "$VIGO_ROOT/tmp/left"; echo told`;
      expect(await outcomes([resource('a/x', 'exec', { command, creates })])).to.equal('changed');
      await rm(join(root, 'tmp/left'));
    }
    const hanging = { command: 'setsid sleep 30 & sleep 30', creates, timeout: 0.1 };
    expect((await run([resource('a/x', 'exec', hanging)]))[0]?.message).to.include('took longer than 0.1 s');
    expect(systemClock.monotonic() - begun).to.be.lessThan(15_000);
  });

  it('skips what depends on something that failed, and nothing else', async () => {
    const reports = await run([
      resource('a/bad', 'file', { target_path: '/nowhere/at/all', content: 'x' }),
      resource('a/next', 'directory', { target_path: '/etc/next' }, { dependsOn: ['a/bad'] }),
      resource('a/last', 'directory', { target_path: '/etc/last' }, { dependsOn: ['a/next'] }),
      resource('a/other', 'directory', { target_path: '/etc/other' }),
      resource('a/new', 'quantum', {}),
    ]);
    expect(reports.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'skipped', 'skipped', 'changed', 'failed']);
    expect(reports[1]?.message).to.equal('a/bad is failed');
    expect(reports[4]?.message).to.include('older than the server');
  });

  it('triggers what is notified once, behind all others, and only after changes', async () => {
    const log = { command: 'echo run >> "$VIGO_ROOT/tmp/log"', refresh_only: true };
    const resources = [
      resource('a/run', 'exec', log),
      resource('a/one', 'file', { target_path: '/etc/one', content: '1' }, { notify: ['a/run'] }),
      resource('a/two', 'file', { target_path: '/etc/two', content: '2' }, { notify: ['a/run'] }),
    ];
    expect(await outcomes(resources)).to.equal('changed changed changed');
    expect(await text('tmp/log')).to.equal('run\n');
    expect(await outcomes(resources)).to.equal('ok ok ok');
    expect(await text('tmp/log')).to.equal('run\n');
  });

  it('makes up for a trigger that was not reached, and for one that has failed, until it has succeeded', async () => {
    const owed = owedInMemory();
    const restart = {
      command: 'test -e "$VIGO_ROOT/tmp/sound" && echo run >> "$VIGO_ROOT/tmp/log"',
      refresh_only: true,
    };
    const resources = [
      resource('a/conf', 'file', { target_path: '/etc/conf', content: '1' }, { notify: ['a/service'] }),
      resource('a/service', 'exec', restart),
    ];
    expect(await outcomes(resources, { owed })).to.equal('changed failed');
    expect(await outcomes(resources, { owed })).to.equal('ok failed');
    await writeFile(join(root, 'tmp/sound'), '');
    expect(await outcomes(resources, { owed })).to.equal('ok changed');
    expect(await outcomes(resources, { owed })).to.equal('ok ok');
    expect(await text('tmp/log')).to.equal('run\n');
    // The agent was killed behind the change: what it owed is on its disk.
    expect(await outcomes(resources, { owed: owedInMemory('a/service', 'a/gone') })).to.equal('ok changed');
    // Stopped in the middle of a run: nothing is struck out.
    const stopped = new AbortController();
    stopped.abort(new Error('stopped'));
    const kept = owedInMemory('a/service');
    await outcomes(resources, { owed: kept, stop: stopped.signal });
    expect([...kept.ids]).to.deep.equal(['a/service']);
  });

  it('owes, but does not trigger, while what notifies may have been changed by half', async () => {
    const owed = owedInMemory();
    const half = { command: 'echo x >> "$VIGO_ROOT/tmp/half"; test -e "$VIGO_ROOT/tmp/sound"', creates: '/tmp/never' };
    const log = { command: 'echo run >> "$VIGO_ROOT/tmp/log"', refresh_only: true };
    const resources = [resource('a/half', 'exec', half, { notify: ['a/service'] }), resource('a/service', 'exec', log)];
    for (let runs = 0; runs < 2; runs++) expect(await outcomes(resources, { owed })).to.equal('failed ok');
    await writeFile(join(root, 'tmp/never'), '');
    expect(await outcomes(resources, { owed })).to.equal('ok changed');
    expect(owed.ids.size).to.equal(0);
  });

  it('takes no more of what a program says than it should', async () => {
    const flood = { command: 'yes "\u00e4\u00e4" | head -c 3000000 >&2; exit 1', unless: 'false' };
    const [report] = await run([resource('a/x', 'exec', flood)]);
    expect(report?.outcome).to.equal('failed');
    expect(Buffer.byteLength(report?.message ?? '')).to.be.within(500, 4_096);
    const endless = { command: 'yes', unless: 'false', timeout: 0.2 };
    expect((await run([resource('a/y', 'exec', endless)]))[0]?.message).to.include('took longer than 0.2 s');
  });

  it('never leaves its root, whatever links there are', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'vigo-outside-'));
    try {
      await symlink(outside, join(root, 'etc/out'));
      const [report] = await run([resource('a/x', 'file', { target_path: '/etc/out/x', content: 'x' })]);
      expect(report).to.include({ outcome: 'failed' });
      expect(report?.message).to.include('leads out of');
      const [climbing] = await run([resource('a/y', 'file', { target_path: '/../../y', content: 'x' })]);
      expect(climbing?.outcome).to.equal('changed');
      expect(await text('y')).to.equal('x');
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  });

  it('ends what it has started when the agent is stopped, and skips the rest', async () => {
    const stop = new AbortController();
    const resources = [
      resource('a/long', 'exec', { command: 'touch "$VIGO_ROOT/tmp/begun"; sleep 60', unless: 'false' }),
      resource('a/rest', 'directory', { target_path: '/etc/rest' }),
    ];
    const running = run(resources, { stop: stop.signal });
    while (!(await lstat(join(root, 'tmp/begun')).catch(() => undefined)))
      await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error('stopped'));
    expect((await running).map(({ outcome }) => outcome)).to.deep.equal(['failed', 'skipped']);
  });

  it('lets people add a type of their own: a program that is given JSON', async () => {
    await writeFile(
      join(root, 'own'),
      `#!/bin/sh\nread input\ncase "$input" in *inspect*) if test -e ${root}/tmp/done; then echo '{"ok":true}'; else echo '{"ok":false,"summary":"not done"}'; fi;; *apply*) touch ${root}/tmp/done;; esac\n`,
      { mode: 0o755 },
    );
    const own = resource('a/own', 'executor', { program: '/own', input: { level: 3 } });
    expect((await run([own]))[0]).to.include({ outcome: 'changed', message: 'not done' });
    expect(await outcomes([own])).to.equal('ok');
    await writeFile(join(root, 'own'), '#!/bin/sh\necho nonsense\n', { mode: 0o755 });
    expect((await run([own]))[0]?.message).to.include('did not answer with a JSON object: nonsense');
  });
});

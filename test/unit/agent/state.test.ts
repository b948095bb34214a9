// The durable state: whole or absent, closed to others, and plain words when it is damaged.
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type AgentState, loadEnrolled, loadState, saveState } from '../../../src/agent/state.ts';
import { prepareStateDir, removeLeftovers, type StateDir, stateDirAt } from '../../../src/agent/state-dir.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { generatePrivateKeyPem } from '../../../src/pki/keys.ts';
import { createTestFleet, ENVOY_ID, enrolledStateDir } from './enrolled-machine.ts';
import { endpoint } from './fake-link.ts';

const state: AgentState = {
  envoyId: '11111111-2222-4333-8444-555555555555',
  hostname: 'web1.dc1.example.com',
  owner: { endpoint: endpoint('dc2'), epoch: 2 },
  previous: { endpoint: endpoint('dc1'), epoch: 1 },
  hubs: [endpoint('hub1')],
};

const errorOf = (fn: () => unknown): VigoError => {
  try {
    fn();
  } catch (error) {
    if (error instanceof VigoError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
};

describe('agent state', () => {
  let root: string;
  let dir: StateDir;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vigo-agent-'));
    dir = stateDirAt(join(root, 'state'));
    await prepareStateDir(dir);
  });
  afterEach(() => rm(root, { recursive: true }));

  it('comes back as it was saved', async () => {
    await saveState(dir, state);
    expect(loadState(dir)).to.deep.equal(state);
    await saveState(dir, { ...state, previous: undefined });
    expect(loadState(dir)?.previous).to.equal(undefined);
  });

  it('is not there before the enrolment', () => {
    expect(loadState(dir)).to.equal(undefined);
    const error = errorOf(() => loadEnrolled(dir));
    expect(error.code).to.equal('NOT_ENROLLED');
    expect(error.message).to.include('vigocli agent enroll');
  });

  it('is closed to others, even if the directory was open', async () => {
    await chmod(dir.path, 0o755);
    await prepareStateDir(dir);
    await saveState(dir, state);
    expect((await stat(dir.path)).mode & 0o777).to.equal(0o700);
    expect((await stat(dir.state)).mode & 0o777).to.equal(0o600);
  });

  it('says which directory cannot be used', async () => {
    await writeFile(join(root, 'file'), '');
    const error = await prepareStateDir(stateDirAt(join(root, 'file', 'state'))).catch((thrown) => thrown);
    expect(error.code).to.equal('DATA_DIR_UNUSABLE');
    expect(error.message).to.include(join(root, 'file', 'state'));
  });

  it('holds the old content when a write was cut off, and is swept afterwards', async () => {
    await saveState(dir, state);
    await writeFile(`${dir.state}.0b6f3d0e-3c3f-4a59-9d3e-1c52a2a0a001.tmp`, '{"version":1,"envo');
    await writeFile(`${dir.status}.123456789`, '{"la');
    expect(loadState(dir)).to.deep.equal(state);
    await removeLeftovers(dir);
    expect(await readdir(dir.path)).to.deep.equal(['state.json']);
  });

  const owner = { endpoint: endpoint('dc1'), epoch: 1 };
  const sound = { version: 1, envoyId: 'a', hostname: 'b', owner, hubs: [] };
  const broken: [string, string][] = [
    ['is empty', ''],
    ['is cut off', JSON.stringify(sound).slice(0, 60)],
    ['is null', 'null'],
    ['is of another version', JSON.stringify({ ...sound, version: 2 })],
    ['has no owner', JSON.stringify({ ...sound, owner: undefined })],
    ['has an owner without a port', JSON.stringify({ ...sound, owner: { epoch: 1, endpoint: { address: 'dc1' } } })],
    ['has an epoch that is no number', JSON.stringify({ ...sound, owner: { ...owner, epoch: '1' } })],
    ['has a hub that is none', JSON.stringify({ ...sound, hubs: [{}] })],
    ['is far too large', ' '.repeat(100_000)],
  ];
  for (const [what, content] of broken) {
    it(`is refused, with the file's name and the remedy, when it ${what}`, async () => {
      await writeFile(dir.state, content);
      const error = errorOf(() => loadState(dir));
      expect(error.code).to.equal('AGENT_STATE_INVALID');
      expect(error.message).to.include(dir.state).and.include('enrol the machine again');
    });
  }

  it('is refused when a key or certificate is gone, unreadable or of someone else', async () => {
    const fleet = await createTestFleet();
    try {
      const own = await enrolledStateDir(fleet);
      expect(loadEnrolled(own).state.envoyId).to.equal(ENVOY_ID);
      await writeFile(own.key, generatePrivateKeyPem());
      expect(errorOf(() => loadEnrolled(own)).message).to.include('do not belong together');
      await writeFile(own.cert, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
      expect(errorOf(() => loadEnrolled(own)).message).to.include('cannot be read');
      await writeFile(own.cert, '');
      expect(errorOf(() => loadEnrolled(own)).message).to.include(`${own.cert} is not PEM`);
      await rm(own.key);
      expect(errorOf(() => loadEnrolled(own)).message).to.include(`${own.key} is gone`);
    } finally {
      await fleet.remove();
    }
  });
});

// `agent run` and `agent status` on a real state directory; only the network is made up.
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { runAgent } from '../../../src/agent/run.ts';
import { loadState } from '../../../src/agent/state.ts';
import { type StateDir, stateDirAt } from '../../../src/agent/state-dir.ts';
import { agentStatus } from '../../../src/agent/status.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import type { Logger } from '../../../src/platform/logger.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createTestFleet, ENVOY_ID, enrolledStateDir, type TestFleet } from './enrolled-machine.ts';
import { createFakeLink, endpoint, type FakeLink } from './fake-link.ts';

const serves = (epoch: number) => ({ epoch, nextCheckinAfterMs: 60_000 });
const redirects = { redirect: { target: endpoint('dc2'), epoch: 2 }, nextCheckinAfterMs: 0 };

describe('agent run', () => {
  let fleet: TestFleet;
  let dir: StateDir;

  beforeEach(async () => {
    fleet = await createTestFleet();
    dir = await enrolledStateDir(fleet);
  });
  afterEach(() => fleet.remove());

  function run(link: FakeLink, more: { once?: boolean } = {}) {
    const controller = new AbortController();
    const logged = new EventTarget();
    const messages: string[] = [];
    const write = (_fields: object, message: string) => {
      messages.push(message);
      logged.dispatchEvent(new Event(message));
    };
    const logger: Logger = { debug: write, info: write, warn: write, error: write };
    const signal = controller.signal;
    const done = runAgent({ stateDir: dir.path, agentVersion: '1.2.3', logger, signal, link, ...more });
    done.catch(() => {});
    const stop = async () => {
      controller.abort();
      await done;
    };
    return { done, messages, stop, said: (message: string) => once(logged, message) };
  }

  it('with once, follows a redirect, makes the new owner durable and leaves nothing locked', async () => {
    const link = createFakeLink({ checkIn: { dc1: () => redirects, dc2: () => serves(2) }, locate: {} });
    const { done, messages } = run(link, { once: true });
    await done;
    expect(loadState(dir)?.owner).to.deep.equal({ endpoint: endpoint('dc2'), epoch: 2 });
    expect(loadState(dir)?.previous).to.deep.equal({ endpoint: endpoint('dc1'), epoch: 1 });
    expect(messages).to.deep.equal(['started', 'redirected', 'checked in', 'stopped']);
    expect(link.closed).to.equal(true);
    expect((await readdir(dir.path)).sort()).to.deep.equal([
      'blobs',
      'ca.pem',
      'cert.pem',
      'confirmed',
      'key.pem',
      'runs',
      'state.json',
      'status.json',
    ]);
  });

  it('goes on from where it was, in the next process', async () => {
    const first = createFakeLink({ checkIn: { dc1: () => redirects, dc2: () => serves(2) }, locate: {} });
    await run(first, { once: true }).done;
    const second = createFakeLink({ checkIn: { dc2: () => serves(2) }, locate: {} });
    await run(second, { once: true }).done;
    expect(second.calls).to.deep.equal(['dc2']);
    expect(second.requests[0]?.epoch).to.equal(2);
  });

  it('tells its status while it runs, and afterwards what was', async () => {
    const agent = run(createFakeLink({ checkIn: { dc1: () => serves(1) }, locate: {} }));
    await agent.said('checked in');
    expect(await agentStatus({ stateDir: dir.path })).to.include({
      enrolled: true,
      running: true,
      pid: process.pid,
      envoyId: ENVOY_ID,
      hostname: 'web1.dc1.example.com',
      spoke: 'dc1',
      epoch: 1,
    });
    await agent.stop();
    const after = await agentStatus({ stateDir: dir.path });
    expect(after).to.include({ running: false, pid: null, lastError: null });
    expect(Date.parse(after.lastCheckinAt ?? '')).to.be.closeTo(Date.now(), 60_000);
    expect(Date.parse(after.certificateExpiresAt ?? '')).to.be.greaterThan(Date.now());
  });

  it('ends within a second when it is told to in the middle of a call', async () => {
    const link = createFakeLink({ checkIn: { dc1: () => undefined }, locate: {} });
    const agent = run(link);
    await agent.said('started');
    const before = performance.now();
    await agent.stop();
    expect(performance.now() - before).to.be.lessThan(1_000);
    expect(agent.messages).to.deep.equal(['started', 'stopped']);
  });

  it('refuses a second agent on the same directory', async () => {
    const agent = run(createFakeLink({ checkIn: { dc1: () => serves(1) }, locate: {} }));
    await agent.said('checked in');
    const error = await run(createFakeLink({ checkIn: {}, locate: {} })).done.catch((thrown) => thrown);
    expect(error.code).to.equal('AGENT_RUNNING');
    await agent.stop();
  });

  it('ends with the error, and shows it in the status, when the envoy has been revoked', async () => {
    const dc1 = () => {
      throw new VigoError('IDENTITY_REVOKED', 'envoy web1 has been revoked');
    };
    const error = await run(createFakeLink({ checkIn: { dc1 }, locate: {} })).done.catch((thrown) => thrown);
    expect(error.code).to.equal('IDENTITY_REVOKED');
    expect((await agentStatus({ stateDir: dir.path })).lastError?.code).to.equal('IDENTITY_REVOKED');
  });

  it('names what is in the way when its state directory cannot be used', async () => {
    await writeFile(dir.runs, '');
    const error = await run(createFakeLink({ checkIn: {}, locate: {} })).done.catch((thrown) => thrown);
    expect(error.code).to.equal('DATA_DIR_UNUSABLE');
    expect(error.message).to.include(dir.path);
    expect((await agentStatus({ stateDir: dir.path })).running).to.equal(false);
  });

  it('says so when the machine is not enrolled, and makes no directory', async () => {
    const stateDir = `${fleet.root}/nowhere`;
    const signal = new AbortController().signal;
    const clock = createFakeClock();
    const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
    const options = { stateDir, agentVersion: '1', logger, signal, clock };
    const error = await runAgent(options).catch((thrown) => thrown);
    expect(error.code).to.equal('NOT_ENROLLED');
    expect(await agentStatus({ stateDir })).to.include({ enrolled: false, running: false, stateDir });
    expect(await readdir(fleet.root)).to.not.include('nowhere');
  });

  it('takes no notice of a status file that is damaged', async () => {
    await writeFile(stateDirAt(dir.path).status, '{"last');
    expect((await agentStatus({ stateDir: dir.path })).lastCheckinAt).to.equal(null);
  });
});

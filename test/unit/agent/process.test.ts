// A real agent process, with nobody there to answer it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { loadEnrolled, saveState } from '../../../src/agent/state.ts';
import { createTestFleet, enrolledStateDir, type TestFleet } from './enrolled-machine.ts';
import { endpoint } from './fake-link.ts';

const RUN = `
  const [sources, stateDir] = process.argv.slice(1);
  const { runAgent } = await import(sources + 'agent/run.ts');
  const { createLogger } = await import(sources + 'platform/logger.ts');
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  await runAgent({
    stateDir, agentVersion: '1', logger: createLogger(), signal: stop.signal,
    retry: { baseMs: 50, minCapMs: 50, maxCapMs: 50 },
  });
`;

describe('agent process', () => {
  let fleet: TestFleet;

  beforeEach(async () => {
    fleet = await createTestFleet();
  });
  afterEach(() => fleet.remove());

  it('lives on while it only waits, and ends well when it gets SIGTERM', async () => {
    const dir = await enrolledStateDir(fleet);
    const { state } = loadEnrolled(dir);
    // Port 1 refuses at once: nothing but the agent's own waiting keeps the process.
    const nobody = { ...endpoint('dc1'), address: '127.0.0.1:1' };
    await saveState(dir, { ...state, owner: { endpoint: nobody, epoch: 1 }, hubs: [] });
    const sources = new URL('../../../src/', import.meta.url).href;
    const child = spawn(process.execPath, ['--input-type=module', '-e', RUN, sources, dir.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, VIGO_LOG_LEVEL: 'info' },
    });
    const exit = once(child, 'exit');
    try {
      const messages: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        messages.push(JSON.parse(line).msg);
        if (messages.length === 4) child.kill('SIGTERM');
      }
      expect(messages.slice(0, 4)).to.deep.equal(['started', 'owner failed', 'owner failed', 'owner failed']);
      expect(messages.at(-1)).to.equal('stopped');
      expect(await exit).to.deep.equal([0, null]);
    } finally {
      child.kill('SIGKILL');
      await exit;
    }
  });
});

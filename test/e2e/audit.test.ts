/** The audit log of a real hub, by the command line: what is in it, and what somebody did to it on the disk. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { AuditJson, AuditVerdictJson } from '../../src/cli/json/audit.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { errorOf, jsonOf } from '../support/processes.ts';

describe('the audit log', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  const entries = async (...args: string[]) => (await fleet.json<AuditJson>(['audit', 'list', ...args])).entries;
  const verify = async () => {
    const result = await fleet.cli(['audit', 'verify', '--json']);
    return { code: result.code, ...jsonOf<AuditVerdictJson>(result) };
  };
  const onDisk = (statement: string) => {
    const file = new DatabaseSync(join(fleet.hub.dataDir, 'vigo.db'));
    file.exec(statement);
    file.close();
  };
  const as = (token: string, ...args: string[]) =>
    fleet.processes.cli([...args, '--json', '--hub', fleet.apiUrl, '--token', token], { env: fleet.env });

  before(async () => {
    await fleet.enroll('web1.dc1.example.com');
    await fleet.runAgent('web1.dc1.example.com');
  });

  it('has who drained what, which envoys moved, from where, and how it ended', async () => {
    const { token } = await fleet.json<{ token: string }>(['users', 'create', 'ada', '--role', 'admin']);
    const drained = await as(token, 'spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes', '--reason', 'racks');
    const { moveId } = jsonOf<{ moveId: string }>(drained);
    const [ended, started] = await entries('--subject', moveId);
    expect(started).to.deep.include({
      actor: 'ada',
      action: 'move.start',
      detail: 'drain: racks; 1 from dc1 to dc2',
      origin: '127.0.0.1 (api)',
      result: 'ok',
      envoys: ['web1.dc1.example.com'],
      envoyCount: 1,
    });
    expect(ended).to.include({ actor: 'hub', action: 'move.ended', detail: 'drain done: 1 of 1 envoys moved' });
  });

  it('has what a viewer tried, and that it was refused', async () => {
    const { token } = await fleet.json<{ token: string }>(['users', 'create', 'vic', '--role', 'viewer']);
    const refused = await as(token, 'spanner', 'cordon', 'dc2');
    expect([refused.code, errorOf(refused).code]).to.deep.equal([4, 'PERMISSION_DENIED']);
    const [entry] = await entries('--actor', 'vic');
    expect(entry).to.include({ action: 'spoke.cordon', subject: 'dc2', result: 'PERMISSION_DENIED' });
  });

  it('is shown as a table, with who and what', async () => {
    const { stdout } = await fleet.cli(['audit', 'list', '--action', 'user']);
    expect(stdout).to.match(/WHO .*WHAT .*ON .*RESULT/);
    expect(stdout).to.match(/admin .*user\.create .*vic .*ok/);
  });

  it('is intact, and says so with the hash of its newest entry', async () => {
    const verdict = await verify();
    expect(verdict).to.include({ code: 0, intact: true, firstBad: null, problem: null });
    expect(verdict.head).to.equal((await entries('--limit', '1'))[0]?.hash);
    const { stdout, code } = await fleet.cli(['audit', 'verify']);
    expect([code, stdout.replace(/\d+ entries, newest hash [0-9a-f]{64}/, 'N')]).to.deep.equal([0, 'intact: N\n']);
  });

  it('is not intact when somebody has edited an entry on the disk, which is named, with exit code 1', async () => {
    const [entry] = await entries('--actor', 'vic');
    onDisk(`UPDATE audit SET result = 'ok' WHERE seq = ${entry?.seq}`);
    const verdict = await verify();
    expect(verdict).to.include({ code: 1, intact: false, firstBad: entry?.seq });
    expect(verdict.problem).to.match(/is not as it was written/);
    const { stdout, code } = await fleet.cli(['audit', 'verify']);
    expect([code, stdout]).to.deep.equal([1, `not intact: ${verdict.problem}\n`]);
    onDisk(`UPDATE audit SET result = 'PERMISSION_DENIED' WHERE seq = ${entry?.seq}`);
    expect(await verify()).to.include({ code: 0, intact: true });
  });

  it('is not intact when somebody has taken an entry out, or changed the order', async () => {
    onDisk(
      'UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = -1;',
    );
    expect(await verify()).to.include({ code: 1, firstBad: 2 });
    onDisk(
      'UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = -1;',
    );
    onDisk('DELETE FROM audit WHERE seq = 2');
    expect(await verify()).to.include({ code: 1, firstBad: 3, problem: 'entry 2 is missing' });
  });
});

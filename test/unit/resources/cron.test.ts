// Jobs of cron: files that cron reads, and nothing that it would pass over without a word.
import { chmod, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { cron } from '../../../src/resources/cron.ts';
import { scheduleProblem } from '../../../src/resources/cron-schedule.ts';
import { useTempRoot } from './temp-root.ts';

describe('a job of cron', () => {
  const system = useTempRoot();
  const job = { job: 'backup', schedule: '30 3 * * mon-fri', command: 'backup --all' };

  it('is a file of its own that ends with its line and that only its owner may write', async () => {
    expect(await system.twice('cron', job)).to.equal('changed: it is not there; ok');
    expect(await system.read('etc/cron.d/backup')).to.equal('30 3 * * mon-fri root backup --all\n');
    await chmod(join(system.root, 'etc/cron.d/backup'), 0o666);
    expect(await system.twice('cron', job)).to.equal('changed: mode is 0666, should be 0644; ok');
    expect((await lstat(join(system.root, 'etc/cron.d/backup'))).mode & 0o777).to.equal(0o644);
    expect(await system.twice('cron', { ...job, schedule: '@daily' })).to.equal('changed: it is another; ok');
    expect(await system.twice('cron', { job: 'backup', ensure: 'absent' })).to.match(/^changed.*; ok$/);
  });

  it('runs as a user that is there', async () => {
    await system.write('etc/passwd', 'deploy:x:1500:1500::/home/deploy:/bin/sh\n');
    expect(await system.twice('cron', { ...job, user: 'deploy' })).to.equal('changed: it is not there; ok');
    const report = await system.converge('cron', { ...job, user: 'nosuch' });
    expect(report).to.include({ outcome: 'failed', message: 'there is no user "nosuch"' });
  });

  it('is refused where a rendered text has become what cron does not take', async () => {
    const command = 'true\n* * * * * root something-else';
    const report = await system.converge('cron', { ...job, command });
    expect(report).to.include({ outcome: 'failed', message: '"command": one line only' });
    expect((await system.converge('cron', { ...job, job: 'a.b' })).message).to.include('cron passes over files');
  });

  it('may be rendered for each envoy, schedule and all', () => {
    expect(cron.validate?.({ ...job, schedule: '{{ vars.minute }} * * * *' })).to.equal(undefined);
    expect(cron.validate?.({ ...job, schedule: '61 * * * *' })?.attribute).to.equal('schedule');
    expect(cron.validate?.({ job: 'x', command: 'true' })?.message).to.equal('a job needs "schedule"');
  });

  it('has a schedule that cron takes', () => {
    for (const good of [
      '* * * * *',
      '*/5 0-23/2 1,15 jan-MAR sun',
      '0 0 31 12 7',
      '0\t0 * * *',
      '@reboot',
      '@midnight',
    ])
      expect(scheduleProblem(good), good).to.equal(undefined);
    for (const [bad, why] of Object.entries({
      '* * * *': 'expected five fields such as "0 3 * * *", or @daily and the like',
      '60 * * * *': 'no minute: "60"',
      '* 24 * * *': 'no hour: "24"',
      '* * 0 * *': 'no day of the month: "0"',
      '* * * 13 *': 'no month: "13"',
      '* * * * 8': 'no day of the week: "8"',
      '5-1 * * * *': 'no minute: "5-1"',
      '*/0 * * * *': 'no minute: "*/0"',
      '5/2 * * * *': 'no minute: "5/2"',
      '* * * mon *': 'no month: "mon"',
      '1, * * * *': 'no minute: "1,"',
      '1-2-3 * * * *': 'no minute: "1-2-3"',
    }))
      expect(scheduleProblem(bad), bad).to.equal(why);
  });
});

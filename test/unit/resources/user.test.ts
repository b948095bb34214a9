// Accounts: the real tools below a root of their own, which is nothing but a few files.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Spec } from '../../../src/resources/resource-type.ts';
import { hasTools, useTempRoot } from './temp-root.ts';

describe('a user', function () {
  this.timeout(30_000);
  const system = useTempRoot();
  beforeEach(async () => {
    await system.write('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n');
    await system.write('etc/group', 'root:x:0:\nstaff:x:4001:\nwheel:x:4002:\n');
    await system.write('etc/shadow', 'root:*:19000:0:99999:7:::\n', 0o600);
  });
  const twice = (spec: Spec) => system.twice('user', { user: 'deploy', ...spec });
  const entry = async () => (await system.read('etc/passwd')).split('\n').find((line) => line.startsWith('deploy:'));

  it('needs a group that is there, and a name that the tools take', async () => {
    const report = await system.converge('user', { user: 'deploy', group: 'nosuch' });
    expect(report).to.include({ outcome: 'failed', message: 'there is no group "nosuch"' });
    const named = await system.converge('user', { user: '-D' });
    expect(named.message).to.equal('"-D" is no name of a user');
  });

  it('has failed below a root that has no accounts, and the machine itself is not asked', async () => {
    const report = await system.converge('user', { user: 'deploy' }, { root: join(system.root, 'etc') });
    expect(report.message).to.equal(`there is no /etc/passwd below ${system.root}/etc`);
  });

  if (hasTools('useradd', 'usermod', 'userdel')) {
    const made = { uid: 1500, home: '/home/deploy', shell: '/bin/bash', groups: ['staff', 'wheel'] };

    it('is made with number, home, shell and groups, and is there the second time', async () => {
      expect(await twice(made)).to.equal('changed: it is not there; ok');
      expect(await entry()).to.match(/^deploy:[x!]:1500:\d+::\/home\/deploy:\/bin\/bash$/);
      expect(await system.read('etc/group')).to.include('staff:x:4001:deploy\nwheel:x:4002:deploy\n');
      expect((await lstat(join(system.root, 'home/deploy'))).isDirectory()).to.equal(true);
    });

    it('is changed in what is other than it should be, and in nothing else', async () => {
      await twice(made);
      expect(await twice({ shell: '/bin/sh' })).to.equal('changed: shell is /bin/bash, should be /bin/sh; ok');
      expect(await entry()).to.match(/^deploy:[x!]:1500:\d+::\/home\/deploy:\/bin\/sh$/);
      expect(await twice({ uid: 1600 })).to.equal('changed: uid is 1500, should be 1600; ok');
      expect(await system.read('etc/group')).to.include('wheel:x:4002:deploy\n');
    });

    it('is given a home elsewhere, with what was in the one before', async () => {
      await twice(made);
      await system.write('home/deploy/kept', 'x');
      expect(await twice({ home: '/srv/homes/deploy' })).to.match(/^changed: home is \/home\/deploy.*; ok$/);
      expect(await system.read('srv/homes/deploy/kept')).to.equal('x');
      // A home that is there already is taken as it is.
      await system.write('srv/other/file', 'x');
      expect(await twice({ home: '/srv/other' })).to.match(/^changed.*; ok$/);
    });

    it('is in its primary group, which counts as one of its groups', async () => {
      expect(await twice({ group: 'staff', groups: ['staff'] })).to.equal('changed: it is not there; ok');
      expect(await entry()).to.match(/^deploy:[x!]:\d+:4001:/);
      const [report] = (await twice({ group: 'wheel' })).split('; ');
      expect(report).to.include('cannot be changed');
    });

    it('is removed, and is gone the second time', async () => {
      await twice(made);
      expect(await twice({ ensure: 'absent' })).to.equal('changed: it is there, should be absent; ok');
      expect(await entry()).to.equal(undefined);
    });

    it('has failed with what the tool says', async () => {
      expect(await twice({ groups: ['nosuch'] })).to.include(
        "useradd ended with 6: useradd: group 'nosuch' does not exist",
      );
      await system.converge('user', { user: 'first', uid: 1500 });
      expect(await twice({ uid: 1500 })).to.include('UID 1500 is not unique');
    });
  } else {
    it('has failed on this machine, which has no useradd, for the reason that it has none', async () => {
      expect((await system.converge('user', { user: 'deploy' })).message).to.include('useradd ENOENT');
    });
  }
});

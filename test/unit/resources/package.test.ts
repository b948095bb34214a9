// Packages: the real tools below a root of their own, and what can be said where they are missing.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { addPackage, layOutSystem } from './local-repository.ts';
import { hasTools, useTempRoot } from './temp-root.ts';

describe('a package', function () {
  this.timeout(60_000);
  const system = useTempRoot();
  const repository = () => join(system.root, 'srv/repository');

  it('is left alone below a root that is no whole system, so that the machine itself is never changed', async () => {
    await mkdir(join(system.root, 'bin'));
    for (const name of ['apt-get', 'dpkg-query', 'dnf', 'rpm'])
      await system.write(`bin/${name}`, `#!/bin/sh\ntouch ${system.root}/called\n`, 0o755);
    const report = await system.converge('package', { package: 'nginx' }, { path: join(system.root, 'bin') });
    expect(report.outcome).to.equal('failed');
    expect(report.message).to.include('holds no package database');
    expect(await system.tree()).to.not.include('called');
  });

  it('has failed on a machine without a package manager', async () => {
    const report = await system.converge('package', { package: 'nginx' }, { path: '/nonexistent' });
    expect(report).to.include({ outcome: 'failed', message: 'this machine has neither apt-get nor dnf' });
  });

  it('has no name that a package manager takes for something else', async () => {
    for (const name of ['-y', 'nginx-', 'nginx*', 'a b', '']) {
      const report = await system.converge('package', { package: name });
      expect(report.message).to.equal(`"${name}" is no name of a package`);
    }
    const report = await system.converge('package', { package: 'x', version: '1 2' });
    expect(report.message).to.equal('"1 2" is no version');
  });

  describe('through dnf', () => {
    // The forms and exit codes are those of rpm 4.18 and dnf 4.14.
    const tools = async (query: string, exitCode: number) => {
      const path = join(system.root, 'bin');
      await system.write('bin/rpm', `#!/bin/sh\n${query}\nexit ${exitCode}\n`, 0o755);
      await system.write('bin/dnf', `#!/bin/sh\necho "$@" >> ${system.root}/calls\n`, 0o755);
      await mkdir(join(system.root, 'var/lib/rpm'), { recursive: true });
      return { path: `${path}:/nonexistent` };
    };

    it('may be pinned with or without release and epoch', async () => {
      const options = await tools('echo 0:1.0-1', 0);
      for (const version of ['1.0', '1.0-1', '0:1.0-1'])
        expect((await system.converge('package', { package: 'x', version }, options)).outcome).to.equal('ok');
      const other = await system.converge('package', { package: 'x', version: '1.1' }, options);
      expect(other.message).to.equal('version is 1.0-1, should be 1.1, also after it was put right');
      expect(await system.read('calls')).to.equal(`--installroot=${system.root} -q install -y -- x-1.1\n`);
    });

    it('is the latest if there is nothing to upgrade it to', async () => {
      const options = await tools('echo 0:3.0-1', 0);
      expect((await system.converge('package', { package: 'x', ensure: 'latest' }, options)).outcome).to.equal('ok');
      const [call] = (await system.read('calls')).split('\n');
      expect(call).to.include('repoquery --upgrades');
    });

    it('is not taken for missing because the database cannot be read', async () => {
      const options = await tools(
        'echo "error: cannot open Packages database" >&2; echo "package x is not installed"',
        1,
      );
      expect((await system.converge('package', { package: 'x' }, options)).message).to.include('cannot open Packages');
    });
  });

  if (hasTools('apt-get', 'apt-cache', 'dpkg', 'dpkg-deb', 'dpkg-query')) {
    describe('through apt', () => {
      beforeEach(async () => {
        await layOutSystem(system.root, repository());
        await addPackage(repository(), 'hello-vigo', '1.0');
      });
      const version = () => system.read('usr/share/hello-vigo/version');

      it('is installed, although nobody has fetched the lists, and is there the second time', async () => {
        expect(await system.twice('package', { package: 'hello-vigo' })).to.equal('changed: it is not installed; ok');
        expect(await version()).to.equal('1.0');
      });

      it('goes to a version, up and down, and to the latest only if that is asked for', async () => {
        const wants = (more: object) => system.twice('package', { package: 'hello-vigo', ...more });
        await wants({});
        await addPackage(repository(), 'hello-vigo', '2.0');
        await addPackage(repository(), 'hello-vigo', '10.0');
        expect(await wants({})).to.equal('ok; ok');
        expect(await wants({ version: '2.0' })).to.equal('changed: version is 1.0, should be 2.0; ok');
        expect(await wants({ version: '1.0' })).to.equal('changed: version is 2.0, should be 1.0; ok');
        expect(await wants({ ensure: 'latest' })).to.equal('changed: version is 1.0, the latest is 10.0; ok');
        expect(await version()).to.equal('10.0');
      });

      it('is removed, and is gone the second time', async () => {
        await system.converge('package', { package: 'hello-vigo' });
        const absent = { package: 'hello-vigo', ensure: 'absent' };
        expect(await system.twice('package', absent)).to.equal('changed: 1.0 is installed, should be absent; ok');
        expect(await system.tree()).to.not.include('usr/share/hello-vigo/version');
      });

      it('that no repository has is named in the error, and so is a version', async () => {
        const unknown = await system.converge('package', { package: 'nosuch' });
        expect(unknown.message).to.include('Unable to locate package nosuch');
        const version = await system.converge('package', { package: 'hello-vigo', version: '9.9' });
        expect(version.message).to.include("Version '9.9' for 'hello-vigo' was not found");
      });

      it('has failed with what the tool says if its database cannot be read', async () => {
        await system.write('var/lib/dpkg/status', 'nonsense\n');
        const report = await system.converge('package', { package: 'hello-vigo' });
        expect(report.outcome).to.equal('failed');
        expect(report.message).to.include('dpkg-query ended with 2').and.to.include('parsing file');
      });
    });
  } else {
    it('has failed on this machine, which has no apt, for the reason that it has none', async () => {
      await layOutSystem(system.root, repository());
      const report = await system.converge('package', { package: 'hello-vigo' });
      expect(report.outcome).to.equal('failed');
      expect(report.message).to.match(/neither apt-get nor dnf|no package database|ENOENT/);
    });
  }
});

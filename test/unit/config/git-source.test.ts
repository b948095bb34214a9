/** Which repositories and branches git may be asked for. */
import { expect } from 'chai';
import { isGitBranch, isGitRepository, withoutCredentials } from '../../../src/server/config/git-source.ts';

describe('the address of a repository', () => {
  it('is one of the usual kinds', () => {
    for (const good of [
      'https://git.example.com/ops/fleet.git',
      'https://user:token@git.example.com:8443/ops/fleet',
      'ssh://git@git.example.com:22/ops/fleet.git',
      'git@git.example.com:ops/fleet.git',
      'file:///srv/git/fleet.git',
      '/srv/git/fleet.git',
      'http://127.0.0.1:3000/ops/fleet',
      'http://localhost/ops/fleet',
      'http://[::1]:3000/ops/fleet',
    ])
      expect(isGitRepository(good), good).to.equal(true);
  });

  it('is none that runs a program, reads an option, or travels in the clear', () => {
    for (const bad of [
      '',
      '-u',
      '--upload-pack=touch /tmp/x',
      'ext::sh -c id',
      'ext::id',
      'fd::17',
      'a@ext::id',
      'git://git.example.com/fleet',
      'ftp://git.example.com/fleet',
      'http://git.example.com/fleet',
      'http://127.0.0.1.example.com/fleet',
      'ssh://-oProxyCommand=id/x',
      '-oProxyCommand=id@host:x',
      'git@-oProxyCommand=id:x',
      'git@host:-x',
      'file://host/share',
      '//host/share',
      'relative/path',
      '../up',
      'https://',
      'https:///x',
      '/srv/git\n/fleet',
      'https://git.example.com/a b',
      `/${'x'.repeat(2_001)}`,
    ])
      expect(isGitRepository(bad), bad).to.equal(false);
  });

  it('is shown without its password', () => {
    expect(withoutCredentials('https://user:p@git.example.com/a')).to.equal('https://git.example.com/a');
    expect(withoutCredentials('https://git.example.com/a@b')).to.equal('https://git.example.com/a@b');
    expect(withoutCredentials('git@git.example.com:a')).to.equal('git@git.example.com:a');
  });
});

describe('the name of a branch', () => {
  it('follows the rules of git, and is no option', () => {
    for (const good of ['main', 'release/1.x', 'feature-1', 'a@b', 'größe', '#42'])
      expect(isGitBranch(good), good).to.equal(true);
    for (const bad of [
      ...['', '-x', '--upload-pack=x', 'a b', 'a..b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[', 'a\\b', '@', 'a@{1}'],
      ...['/a', 'a/', 'a//b', '.a', 'a/.b', 'a.', 'a.lock', 'a.lock/b', 'a\nb', 'x'.repeat(245)],
    ])
      expect(isGitBranch(bad), bad).to.equal(false);
  });
});

/** The bootstrap script as it is filled in: every shell takes it, ShellCheck has nothing against it, and no value can get out of its place. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { bootstrapScript, type ScriptValues } from '../../../src/server/web/bootstrap/bootstrap-script.ts';
import { findTool } from '../../support/find-tool.ts';
import { lintShell } from '../../support/shell-lint.ts';
import { createTestPki } from '../../support/test-pki.ts';

const TEMPLATE = readFileSync(new URL('../../../ops/bootstrap/bootstrap.sh', import.meta.url), 'utf8');

describe('the bootstrap script', () => {
  let values: ScriptValues;

  before(async () => {
    const { caPem, digest } = await createTestPki();
    const packageDigest = 'ab'.repeat(32);
    values = {
      apiUrl: 'https://hub.example.com:8443',
      caDigest: digest,
      caPem,
      version: '1.2.3-rc.1+x',
      packageDigest,
      packageKib: 17_000,
    };
  });

  it('names the hub, the CA, the version and the digest of the program', () => {
    const script = bootstrapScript(TEMPLATE, values);
    expect(script).to.match(/^#!\/bin\/sh\n/);
    expect(script).to.include('curl -k https://hub.example.com:8443/bootstrap | VIGO_TOKEN=vigoe_... sh');
    expect(script).to.include(`# Fleet CA, SHA-256: ${values.caDigest}`);
    expect(script).to.include(`version='1.2.3-rc.1+x'`).and.to.include(`package_digest='${values.packageDigest}'`);
    expect(script).to.include(values.caPem.trim());
    expect(script).not.to.match(/@[A-Z_]+@/);
    expect(script.trimEnd().split('\n').at(-1)).to.equal('{ main; exit; }');
  });

  it('takes two certificates, while the CA is being replaced, and addresses of every kind', () => {
    const two = bootstrapScript(TEMPLATE, {
      ...values,
      caPem: `${values.caPem}\r\n${values.caPem}`.replaceAll('\r\n', ''),
    });
    expect(two.match(/BEGIN CERTIFICATE-----$/gm)).to.have.length(2);
    for (const apiUrl of ['https://10.0.0.1:8443', 'https://[2001:db8::1]:8443', 'https://hub'])
      expect(bootstrapScript(TEMPLATE, { ...values, apiUrl })).to.include(`:-'${apiUrl}'}`);
  });

  it('is never made of something that could mean more than it says', () => {
    for (const [key, value] of [
      ['apiUrl', "https://hub'; rm -rf /; '"],
      ['apiUrl', 'https://hub\nrm -rf /'],
      ['caPem', `${'x'}\nPEM\nrm -rf /`],
      ['caDigest', 'short'],
      ['version', '$(id)'],
      ['packageDigest', '`id`'],
      ['packageKib', Number.NaN],
    ] as const)
      expect(() => bootstrapScript(TEMPLATE, { ...values, [key]: value }), key).to.throw('cannot stand in');
    expect(() => bootstrapScript('@WHO_KNOWS@', values)).to.throw('WHO_KNOWS cannot stand in');
  });

  it('passes ShellCheck, for POSIX sh', async () => {
    // It does find what is wrong.
    expect(await lintShell('#!/bin/sh\nlocal x=1\n')).to.have.length.greaterThan(0);
    for (const script of [TEMPLATE, bootstrapScript(TEMPLATE, values)])
      expect(await lintShell(script)).to.deep.equal([]);
  });

  it('is understood by every shell of this machine', async () => {
    const script = bootstrapScript(TEMPLATE, values);
    const shells = [['sh'], ['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['ksh'], ['zsh', '--emulate', 'sh']];
    const tried = [];
    for (const [shell = '', ...options] of shells) {
      if (!(await findTool(shell))) continue;
      tried.push(shell);
      const { status, stderr } = spawnSync(shell, [...options, '-n'], { input: script, encoding: 'utf8' });
      expect(status, `${shell}: ${stderr}`).to.equal(0);
    }
    expect(tried).to.include('sh');
  });
});

/** Start-up stays cheap: the certificate library is loaded by who makes a certificate, and by nobody else. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

describe('certificate library', () => {
  it('is not loaded by importing the modules, only by making something', async () => {
    const source = new URL('../../../src/pki/', import.meta.url).href;
    const script = `
      import { createRequire } from 'node:module';
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('@peculiar'));
      const load = (name) => import(${JSON.stringify(source)} + name);
      const { generatePrivateKeyPem } = await load('keys.ts');
      const { createCsr } = await load('csr.ts');
      for (const name of ['identity.ts', 'ca.ts', 'pinned-token.ts', 'server-identity.ts']) await load(name);
      const before = loaded();
      await createCsr({ privateKeyPem: generatePrivateKeyPem(), commonName: 'web1.example.com' });
      process.stdout.write(JSON.stringify([before, loaded()]));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).to.deep.equal([false, true]);
  }).timeout(20_000);
});

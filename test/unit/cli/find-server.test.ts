// Which server, as whom, trusting whom.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { defaultDataDir } from '../../../src/cli/data-dir.ts';
import { findServer, type ServerFlags } from '../../../src/cli/find-server.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { useTempDir } from '../pki/temp-dir.ts';

const PEM = '-----BEGIN CERTIFICATE-----\n';

async function refusal(flags: ServerFlags): Promise<VigoError> {
  try {
    await findServer(flags);
  } catch (error) {
    if (error instanceof VigoError) return error;
    throw error;
  }
  throw new Error('a server was found');
}

describe('finding the server', () => {
  const dir = useTempDir();

  async function writeDataDir(): Promise<void> {
    await mkdir(join(dir(), 'tls'));
    await writeFile(join(dir(), 'api-address'), 'https://127.0.0.1:8443\n');
    await writeFile(join(dir(), 'admin-token'), 'secret\n');
    await writeFile(join(dir(), 'tls', 'ca.pem'), PEM);
  }

  it('takes address, token and CA from the data directory', async () => {
    await writeDataDir();
    expect(await findServer({ 'data-dir': dir() })).to.deep.equal({
      url: 'https://127.0.0.1:8443',
      token: 'secret',
      caPem: PEM,
    });
  });

  it('lets flags override the data directory', async () => {
    await writeDataDir();
    const ca = join(dir(), 'other.pem');
    await writeFile(ca, `${PEM}other`);
    expect(await findServer({ 'data-dir': dir(), token: 'mine', 'ca-file': ca })).to.deep.equal({
      url: 'https://127.0.0.1:8443',
      token: 'mine',
      caPem: `${PEM}other`,
    });
  });

  it('completes a URL from a data directory that was named', async () => {
    await writeDataDir();
    expect(await findServer({ hub: 'https://hub.example.com:8443', 'data-dir': dir() })).to.deep.equal({
      url: 'https://hub.example.com:8443',
      token: 'secret',
      caPem: PEM,
    });
  });

  it('needs no data directory for a URL and a token', async () => {
    expect(await findServer({ hub: 'https://hub.example.com:8443', token: 'mine' })).to.deep.equal({
      url: 'https://hub.example.com:8443',
      token: 'mine',
      caPem: undefined,
    });
  });

  it('says what to pass when no server is known', async () => {
    const error = await refusal({ 'data-dir': join(dir(), 'absent') });
    expect(error).to.include({ code: 'UNREACHABLE', exit: 5 });
    expect(error.message).to.include('--hub').and.to.include('--data-dir').and.to.include(join(dir(), 'absent'));
  });

  it('says that a token is missing', async () => {
    expect(await refusal({ hub: 'https://hub.example.com:8443' })).to.include({ code: 'UNAUTHENTICATED', exit: 4 });
    await writeFile(join(dir(), 'api-address'), 'https://127.0.0.1:8443\n');
    expect((await refusal({ 'data-dir': dir() })).message).to.include(join(dir(), 'admin-token'));
  });

  it('says which file may not be read', async () => {
    await writeDataDir();
    await chmod(join(dir(), 'admin-token'), 0o000);
    // The superuser may read everything: for it there is nothing to refuse.
    if (process.getuid?.() === 0) {
      expect((await findServer({ 'data-dir': dir() })).token).to.equal('secret');
      return;
    }
    const error = await refusal({ 'data-dir': dir() });
    expect(error).to.include({ code: 'UNAUTHENTICATED', exit: 4 });
    expect(error.message).to.include(join(dir(), 'admin-token')).and.to.include('permission denied');
  });

  it('refuses a CA file that is none', async () => {
    const file = join(dir(), 'ca.pem');
    const flags = { hub: 'https://hub.example.com:8443', token: 't', 'ca-file': file };
    expect(await refusal(flags)).to.include({ code: 'USAGE', exit: 2 });
    await writeFile(file, 'hello');
    expect((await refusal(flags)).message).to.include('no certificate');
  });
});

describe('the default data directory', () => {
  it('is the one of the server', () => {
    expect(defaultDataDir({ env: { HOME: '/home/u' }, uid: 0 })).to.equal('/srv/vigo');
    expect(defaultDataDir({ env: { HOME: '/home/u' }, uid: 1000 })).to.equal('/home/u/.local/share/vigo');
    expect(defaultDataDir({ env: { HOME: '/home/u', XDG_DATA_HOME: '/data' }, uid: 1000 })).to.equal('/data/vigo');
  });
});

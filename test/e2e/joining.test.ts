/** How a spoke becomes part of a fleet: once, with a token that is good for one spoke, one key and a short time. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { formatPinnedToken, parsePinnedToken } from '../../src/pki/pinned-token.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { serverPorts, spokeYaml } from '../support/fleet-config.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { freePorts } from '../support/free-ports.ts';
import { isListening } from '../support/is-listening.ts';
import { waitFor } from '../support/wait-for.ts';

interface NewToken {
  readonly token: string;
  readonly expiresAt: string;
}

describe('a spoke that joins', function () {
  this.timeout(30_000);
  const fleet = useFleetProcesses({ spokes: ['dc1'], unjoined: ['dc2'] });
  const newToken = (...more: string[]) => fleet.json<NewToken>(['spanner', 'join-token', 'dc2', ...more]);

  /** Starts the spoke of `configFile` with this token; it must not start, nor have an identity afterwards. */
  const refused = async (token: string | undefined, spoke?: { configFile: string; dataDir: string }) => {
    const { configFile, dataDir } = spoke ?? fleet.spoke('dc2');
    const env = { ...fleet.env, ...(token === undefined ? {} : { VIGO_JOIN_TOKEN: token }) };
    const result = await fleet.processes.cli(['serve', '--config', configFile], { env });
    expect(result.stdout).not.to.include('ready');
    expect(await readFile(join(dataDir, 'tls/spoke.pem')).catch(() => undefined)).to.equal(undefined);
    expect(await isListening(fleet.spoke('dc2').ports.grpc)).to.equal(false);
    return result;
  };
  const expectRefused = async (token: string | undefined, exit: number, code: string, message: string | RegExp) => {
    const result = await refused(token);
    expect(result.code, result.stderr).to.equal(exit);
    expect(result.stderr).to.include(`code ${code}`).and.match(new RegExp(message));
  };

  it('needs a token, and says how to get one', async () => {
    await expectRefused(undefined, 1, 'SPOKE_NOT_JOINED', 'vigocli spanner join-token dc2.*VIGO_JOIN_TOKEN');
  });

  it('does not fall for another fleet at the address of its hub', async () => {
    const { token } = await newToken();
    const parts = parsePinnedToken('join', token);
    const other = formatPinnedToken({ kind: 'join', ...parts, caDigest: 'ab'.repeat(32) });
    await expectRefused(other, 4, 'CA_MISMATCH', 'does not belong to the fleet that the token was made for');
    const [nobody] = await freePorts(1);
    const away = formatPinnedToken({ kind: 'join', ...parts, hubUrl: `https://127.0.0.1:${nobody}` });
    await expectRefused(away, 5, 'UNREACHABLE', `127.0.0.1:${nobody}.*refused`);
  });

  it('is refused with a token that the hub did not make for it', async () => {
    const { token } = await newToken();
    const parts = parsePinnedToken('join', token);
    const guessed = formatPinnedToken({ kind: 'join', ...parts, secret: Buffer.alloc(24, 7) });
    await expectRefused(guessed, 4, 'TOKEN_INVALID', 'does not know this join token');
    const { token: dc1 } = await fleet.json<NewToken>(['spanner', 'join-token', 'dc1']);
    await expectRefused(dc1, 4, 'TOKEN_INVALID', 'made for spoke "dc1", not for "dc2"');
    await expectRefused(await fleet.enrollmentToken(), 4, 'TOKEN_INVALID', 'another kind');
    await expectRefused(`${token.slice(0, -5)}`, 4, 'TOKEN_INVALID', 'cut off or damaged');
    const unknown = await fleet.cli(['spanner', 'join-token', 'dc9', '--json']);
    expect(unknown.code).to.equal(1);
    expect(unknown.stdout).to.include('SPOKE_NOT_FOUND').and.include('known spokes: dc1, dc2');
  });

  it('is refused with a token that has expired', async () => {
    const { token, expiresAt } = await newToken('--ttl', '1s');
    await waitFor('the token has expired', () => systemClock.now() >= Date.parse(expiresAt));
    await expectRefused(token, 4, 'TOKEN_EXPIRED', 'has expired: make a new one');
  });

  it('gets its certificate for a token that nobody else can use then, and never needs one again', async () => {
    const { dataDir } = fleet.spoke('dc2');
    // Another machine with the same license, before the first has joined.
    const [ports] = await serverPorts(1);
    if (!ports) throw new Error('no ports');
    const second = {
      dataDir: join(fleet.dir, 'second'),
      configFile: join(fleet.dir, 'second.yaml'),
    };
    await cp(dataDir, second.dataDir, { recursive: true });
    await rm(join(second.dataDir, 'tls/spoke.key'), { force: true });
    await writeFile(second.configFile, spokeYaml({ dataDir: second.dataDir, ports }, 'dc2'));

    const { token } = await newToken();
    const first = await fleet.restart('dc2', { VIGO_JOIN_TOKEN: token });
    expect(first.log.some(({ msg, spoke }) => msg === 'joined the fleet' && spoke === 'dc2')).to.equal(true);
    await fleet.waitForHealth('dc2', 'healthy');

    await fleet.stopServer('dc2');
    const stolen = await refused(token, second);
    expect(stolen.code).to.equal(4);
    expect(stolen.stderr).to.include('code TOKEN_EXHAUSTED').and.include('has been used already');

    const again = await fleet.restart('dc2');
    expect(again.log.some(({ msg }) => msg === 'joined the fleet')).to.equal(false);
    await fleet.waitForHealth('dc2', 'healthy');
    await fleet.enroll('web1.dc2.example.com');
  });

  it('has its certificate again with the same token if it was lost on the way', async () => {
    const { token } = await newToken();
    const identity = join(fleet.spoke('dc2').dataDir, 'tls/spoke.pem');
    for (let times = 0; times < 2; times++) {
      await fleet.stopServer('dc2');
      await rm(identity);
      await fleet.restart('dc2', { VIGO_JOIN_TOKEN: token });
      expect(await readFile(identity, 'utf8')).to.include('BEGIN CERTIFICATE');
    }
    await fleet.waitForHealth('dc2', 'healthy');
    expect((await fleet.envoys())[0]).to.include({ hostname: 'web1.dc2.example.com', spoke: 'dc2', stale: false });
  });
});

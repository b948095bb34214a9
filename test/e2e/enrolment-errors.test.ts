/** Every way in which an enrolment can fail, by the real command: its own code, its own exit, and nothing half-stored. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ERROR_CATALOGUE, type ErrorCode } from '../../src/fleet/errors.ts';
import { formatPinnedToken, parsePinnedToken } from '../../src/pki/pinned-token.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { toVigoError } from '../../src/rpc/errors.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { freePorts } from '../support/free-ports.ts';
import { errorOf } from '../support/processes.ts';
import { enrollByRpc } from '../support/rpc-enrolment.ts';
import { waitFor } from '../support/wait-for.ts';

const TAKEN = 'web1.dc1.example.com';

interface NewToken {
  readonly token: string;
  readonly id: string;
  readonly expiresAt: string;
}

describe('an enrolment that fails', function () {
  this.timeout(30_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  let token: string;

  before(async () => {
    token = await fleet.enrollmentToken();
    await fleet.enroll(TAKEN);
  });

  const newToken = (...more: string[]) => fleet.json<NewToken>(['tokens', 'create', ...more]);
  const stored = async () => {
    const [{ envoys, total }, { tokens }] = await Promise.all([
      fleet.admin.listEnvoys({}),
      fleet.admin.listEnrollmentTokens({}),
    ]);
    const uses = Object.fromEntries(tokens.map(({ id, usesLeft }) => [id, usesLeft]));
    return { hostnames: envoys.map(({ hostname }) => hostname), total, uses };
  };
  const stateDirOf = (hostname: string) => join(fleet.dir, 'refused', hostname.slice(0, 50));
  const enroll = (hostname: string, withToken: string, more: readonly string[] = []) => {
    const where = ['--hostname', hostname, '--state-dir', stateDirOf(hostname)];
    return fleet.cli(['agent', 'enroll', '--token', withToken, ...where, ...more, '--json']);
  };

  interface Refusal {
    readonly hostname: string;
    readonly code: ErrorCode;
    readonly exit: number;
    readonly message: RegExp;
    readonly token?: string;
    readonly more?: readonly string[];
  }
  /** It fails so, and afterwards fleet, tokens and machine are as before. */
  const expectRefused = async (refusal: Refusal) => {
    const before = await stored();
    const result = await enroll(refusal.hostname, refusal.token ?? token, refusal.more);
    const error = errorOf(result);
    expect(error).to.include({ code: refusal.code, exit: refusal.exit });
    expect(error.message).to.match(refusal.message);
    expect(result.code).to.equal(refusal.exit);
    expect(ERROR_CATALOGUE[refusal.code].exit).to.equal(refusal.exit);
    expect(await stored()).to.deep.equal(before);
    const state = join(stateDirOf(refusal.hostname), 'state.json');
    expect(await stat(state).catch(() => undefined), 'state.json').to.equal(undefined);
  };

  it('because no pattern matches: the message lists the patterns', () =>
    expectRefused({
      hostname: 'web1.dc9.example.com',
      code: 'NO_SPOKE_FOR_HOSTNAME',
      exit: 1,
      message: /web1\.dc9\.example\.com \(dc1: \*\.dc1\.\*; dc2: \*\.dc2\.\*\).*default_spoke/,
    }));

  it('because the host name is taken, or is none', async () => {
    const message = /is enrolled already, as envoy [0-9a-f-]{36} on dc1.*vigocli envoys revoke/;
    await expectRefused({ hostname: TAKEN.toUpperCase(), code: 'HOSTNAME_TAKEN', exit: 1, message });
    await expectRefused({ hostname: '-x-', code: 'INVALID_HOSTNAME', exit: 1, message: /is not a host name/ });
  });

  it('because the machine is an envoy already', async () => {
    const result = await fleet.cli([
      ...['agent', 'enroll', '--token', token, '--hostname', 'other.dc1.example.com', '--json'],
      ...['--state-dir', fleet.stateDir(TAKEN)],
    ]);
    expect(result.code).to.equal(1);
    expect(errorOf(result)).to.include({ code: 'ALREADY_ENROLLED' });
    expect((await stored()).hostnames).to.deep.equal([TAKEN]);
  });

  it('because the token is used up, revoked, expired, unknown, damaged or of another kind', async () => {
    const hostname = 'web2.dc1.example.com';
    const [used, revoked, expired, join] = await Promise.all([
      newToken('--uses', '1'),
      newToken('--uses', '5'),
      newToken('--ttl', '1s'),
      fleet.json<NewToken>(['spanner', 'join-token', 'dc1']),
    ]);
    await enrollByRpc(used.token, 'first.dc1.example.com');
    await fleet.json(['tokens', 'revoke', revoked.id]);
    await waitFor('the token has expired', () => systemClock.now() >= Date.parse(expired.expiresAt));
    const unknown = formatPinnedToken({
      kind: 'enroll',
      ...parsePinnedToken('enroll', token),
      secret: Buffer.alloc(24),
    });
    const denied = (code: ErrorCode, withToken: string, message: RegExp) =>
      expectRefused({ hostname, code, exit: 4, message, token: withToken });
    await denied('TOKEN_EXHAUSTED', used.token, /all 1 uses of this enrolment token are/);
    await denied('TOKEN_REVOKED', revoked.token, /revoked/);
    await denied('TOKEN_EXPIRED', expired.token, /expired/);
    await denied('TOKEN_INVALID', unknown, /does not know/);
    await denied('TOKEN_INVALID', token.slice(0, -3), /cut off or damaged/);
    await denied('TOKEN_INVALID', join.token, /another kind \(join token\)/);
    await fleet.json(['envoys', 'revoke', 'first.dc1.example.com']);
  });

  it('because the certificate request lies about the host name', async () => {
    const before = await stored();
    const error = await enrollByRpc(token, 'honest.dc1.example.com', 'liar.dc1.example.com').then(
      () => undefined,
      (reason: unknown) => toVigoError(reason, { target: 'the hub' }),
    );
    expect(error).to.include({ code: 'INVALID_CSR', kind: 'invalid_argument' });
    expect(error?.message).to.include('names "liar.dc1.example.com", but the host name is honest.dc1.example.com');
    expect(await stored()).to.deep.equal(before);
  });

  it('because there is no hub at the address, or another fleet', async () => {
    const hostname = 'web3.dc1.example.com';
    const [nobody] = await freePorts(1);
    const more = ['--hub', `https://127.0.0.1:${nobody}`];
    await expectRefused({ hostname, code: 'UNREACHABLE', exit: 5, message: /connection refused/, more });
    const parts = parsePinnedToken('enroll', token);
    const other = formatPinnedToken({ kind: 'enroll', ...parts, caDigest: 'cd'.repeat(32) });
    await expectRefused({
      hostname,
      code: 'CA_MISMATCH',
      exit: 4,
      message: /does not belong to the fleet/,
      token: other,
    });
    await expectRefused({ hostname, code: 'USAGE', exit: 2, message: /https/, more: ['--hub', 'ftp://x'] });
  });

  it('because its spoke is cordoned', async () => {
    await fleet.json(['spanner', 'cordon', 'dc2']);
    const message = /spoke dc2, which web1\.dc2\.example\.com belongs to, is cordoned.*uncordon dc2/;
    await expectRefused({ hostname: 'web1.dc2.example.com', code: 'SPOKE_NOT_ELIGIBLE', exit: 1, message });
    await fleet.json(['spanner', 'uncordon', 'dc2']);
  });

  it('because its spoke is dead, from the first moment on; and works when it is back', async () => {
    const refusal = {
      hostname: 'web1.dc2.example.com',
      code: 'SPOKE_UNAVAILABLE',
      exit: 1,
      message: /try again later/,
    } as const;
    await fleet.kill9('dc2');
    // The hub believes it to be alive; then it knows better.
    await expectRefused(refusal);
    await fleet.waitForHealth('dc2', 'unhealthy');
    await expectRefused(refusal);
    await fleet.restart('dc2');
    await fleet.waitForHealth('dc2', 'healthy');
    const result = await enroll(refusal.hostname, token);
    expect(result.code, result.stdout).to.equal(0);
    expect((await stored()).hostnames).to.deep.equal([TAKEN, refusal.hostname]);
  });
});

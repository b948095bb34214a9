/** What a failed call is called, whoever answered it. */
import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'chai';
import { ERROR_CATALOGUE, type ErrorCode, VigoError } from '../../src/fleet/errors.ts';
import { ErrorDetailSchema } from '../../src/gen/vigo/v1/types_pb.js';
import { toVigoError } from '../../src/rpc/errors.ts';
import { connectErrorOf } from '../../src/server/platform/error-interceptor.ts';

const context = { target: 'the hub at https://hub:8443' };
const translate = (error: unknown) => toVigoError(error, context);
const network = (code: string, message = code) =>
  new ConnectError('x', Code.Unavailable, undefined, [], Object.assign(new Error(message), { code }));

describe('errors of calls', () => {
  it('brings every error of the catalogue back as it was thrown', () => {
    for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
      expect(translate(connectErrorOf(new VigoError(code, `about ${code}`)))).to.include({
        code,
        message: `about ${code}`,
      });
    }
  });

  it('brings back when the server wants to be asked again', () => {
    const refused = new VigoError('OVERLOADED', 'too many check-ins', { retryAfterMs: 1_234 });
    expect(translate(connectErrorOf(refused)).retryAfterMs).to.equal(1_234);
    const bare = (text: string) => translate(new ConnectError('x', Code.ResourceExhausted, { 'retry-after': text }));
    expect(bare('2.5')).to.include({ code: 'OVERLOADED', retryAfterMs: 2_500 });
    for (const text of ['', 'soon', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT'])
      expect(bare(text).retryAfterMs).to.equal(undefined);
  });

  it('keeps the message of a newer server whose code it does not know', () => {
    const details = [{ desc: ErrorDetailSchema, value: { code: 'FROM_THE_FUTURE' } }];
    const error = translate(new ConnectError('use the new thing', Code.Aborted, undefined, details));
    expect(error).to.include({ code: 'INTERNAL', message: 'use the new thing' });
  });

  it('puts network failures in plain words, naming the target', () => {
    const words: Record<string, RegExp> = {
      ECONNREFUSED: /connection refused/,
      ENOTFOUND: /host name cannot be resolved/,
      ETIMEDOUT: /timed out/,
      DEPTH_ZERO_SELF_SIGNED_CERT: /not trusted.*--ca-file/,
      SELF_SIGNED_CERT_IN_CHAIN: /not trusted.*--ca-file/,
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: /not trusted.*--ca-file/,
      UNABLE_TO_GET_ISSUER_CERT_LOCALLY: /not trusted.*--ca-file/,
      CERT_HAS_EXPIRED: /has expired/,
      ERR_TLS_CERT_ALTNAME_INVALID: /another host name/,
      ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: /does not accept our certificate/,
      ERR_SSL_WRONG_VERSION_NUMBER: /does not speak TLS/,
    };
    for (const [code, expected] of Object.entries(words)) {
      const error = translate(network(code));
      expect(error.code, code).to.equal('UNREACHABLE');
      expect(error.message)
        .to.match(/^cannot reach the hub at https:\/\/hub:8443: /)
        .and.match(expected);
    }
  });

  it('names what comes without a detail by its status', () => {
    const of = (code: Code) => translate(new ConnectError('why', code)).code;
    expect(of(Code.Unauthenticated)).to.equal('UNAUTHENTICATED');
    expect(of(Code.PermissionDenied)).to.equal('PERMISSION_DENIED');
    expect(of(Code.DeadlineExceeded)).to.equal('TIMEOUT');
    expect(of(Code.Unavailable)).to.equal('UNREACHABLE');
    expect(of(Code.Unimplemented)).to.equal('NOT_SERVED_HERE');
    expect(of(Code.DataLoss)).to.equal('INTERNAL');
    expect(translate('odd').code).to.equal('INTERNAL');
    const own = new VigoError('USAGE', 'mine');
    expect(translate(own)).to.equal(own);
  });
});

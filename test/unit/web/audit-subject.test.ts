import { expect } from 'chai';
import { shortSubject, subjectPath } from '../../../web/src/lib/audit-subject.ts';

const ID = '39c18bd2-5693-4f78-b8ed-f94f6e19b895';
const DIGEST = '2415d255037fdca9c7dec02d285f09ea788e033dd8bd865d4657613cfd0b94a1';

describe('what an entry of the audit log is about', () => {
  it('is written so that it can be told apart, and no longer', () => {
    expect(['dc1', ID, DIGEST, 'web1.*', ''].map(shortSubject)).to.deep.equal([
      'dc1',
      '39c18bd2…',
      '2415d255037f…',
      'web1.*',
      '',
    ]);
  });

  it('leads to its page, where there is one', () => {
    expect(subjectPath('spoke.health', 'dc1')).to.equal('/spanner/spokes/dc1');
    expect(subjectPath('failover.drain', 'dc1')).to.equal('/spanner/spokes/dc1');
    expect(subjectPath('move.ended', ID)).to.equal(`/spanner/moves/${ID}`);
    // A move that was refused has no id.
    expect(subjectPath('move.start', 'web*')).to.equal(undefined);
    expect(subjectPath('envoy.revoke', ID)).to.equal(`/envoys/${ID}`);
    expect(subjectPath('config.publish', DIGEST)).to.equal('/config');
    expect(subjectPath('user.create', 'ada')).to.equal(undefined);
    expect(subjectPath('spoke.health', '')).to.equal(undefined);
  });
});

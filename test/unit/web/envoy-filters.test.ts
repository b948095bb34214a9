// Filters of the envoy list: in the address, in the request, and as links from elsewhere.
import { expect } from 'chai';
import { EnvoySort, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { attentionLink } from '../../../web/src/lib/attention-link.ts';
import { readAuditFilters, writeAuditFilters } from '../../../web/src/lib/audit-filters.ts';
import { envoyRequest, envoysLink, globOf, readFilters, writeFilters } from '../../../web/src/lib/envoy-filters.ts';
import { safeNext } from '../../../web/src/lib/safe-next.ts';

const read = (query: string) => readFilters(new URLSearchParams(query));

describe('filters of the envoy list', () => {
  it('survive the address bar', () => {
    const filters = {
      hostname: 'web{1,2}*',
      spoke: 'dc1',
      statuses: [EnvoyStatus.FAILED, EnvoyStatus.NO_DATA],
      sort: 'enrolledAt',
      descending: true,
    } as const;
    const address = writeFilters(filters).toString();
    expect(address).to.include('status=failed%2Cno_data').and.to.include('sort=-enrolledAt');
    expect(read(address)).to.deep.equal(filters);
  });

  it('leave the address empty when nothing is filtered', () => {
    expect(writeFilters(read('')).toString()).to.equal('');
    expect(envoysLink({})).to.equal('/envoys');
    expect(envoysLink({ spoke: 'dc 1' })).to.equal('/envoys?spoke=dc+1');
  });

  it('ignore what they do not know', () => {
    expect(read('status=failed,broken&sort=color&page=7')).to.deep.include({
      statuses: [EnvoyStatus.FAILED],
      sort: 'hostname',
      descending: false,
    });
  });

  it('become a request', () => {
    expect(envoyRequest(read('hostname=web&sort=-hostname'))).to.deep.equal({
      filter: { hostname: '*web*', spoke: '', statuses: [] },
      sort: EnvoySort.HOSTNAME,
      descending: true,
    });
  });

  it('look anywhere for a name, and take a glob as it is', () => {
    expect([' web ', 'web*', 'db?', '', '[ab]1'].map(globOf)).to.deep.equal(['*web*', 'web*', 'db?', '', '[ab]1']);
  });
});

describe('filters of the audit log', () => {
  it('survive the address bar without blanks', () => {
    const address = writeAuditFilters({ actor: ' hub ', action: 'spoke', subject: '' }).toString();
    expect(address).to.equal('actor=hub&action=spoke');
    expect(readAuditFilters(new URLSearchParams(address))).to.deep.equal({
      actor: 'hub',
      action: 'spoke',
      subject: '',
    });
  });
});

describe('what wants looking at', () => {
  it('leads to where it can be dealt with', () => {
    const link = (kind: string, subject = '') => attentionLink({ kind, subject });
    expect(link('spoke_offline', 'dc1')).to.equal('/spanner/spokes/dc1');
    expect(link('move_incomplete', '0192f3a1')).to.equal('/spanner/moves/0192f3a1');
    expect(link('envoys', 'failed')).to.equal('/envoys?status=failed');
    expect(link('failover_held', 'dc1')).to.equal('/spanner');
    expect(link('unplaced')).to.equal('/spanner');
    expect(link('config_behind', 'dc1')).to.equal('/config');
    expect(link('license')).to.equal('/settings');
    expect(link('something_new', 'x')).to.equal(undefined);
  });
});

describe('the way back after signing in', () => {
  it('leads only to pages of this site', () => {
    expect(safeNext('/envoys?spoke=dc1')).to.equal('/envoys?spoke=dc1');
    for (const other of [null, '', 'envoys', '//evil.example', '/\\evil.example', 'https://evil.example', '/sign-in']) {
      expect(safeNext(other), String(other)).to.equal('/');
    }
  });
});

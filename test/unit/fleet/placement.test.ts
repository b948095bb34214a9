import { expect } from 'chai';
import { compileRules, homeSpoke, matchSpoke } from '../../../src/fleet/placement.ts';
import { thrownCode } from '../../support/rpc-failure.ts';

const spoke = (id: string, ...patterns: string[]) => ({ id, addr: `${id}:1530`, patterns });

describe('placement', () => {
  const rules = compileRules(
    [spoke('eu', 'web1.*', '*.eu.*'), spoke('dc1', '*.dc1.*'), spoke('rest', 'web*')],
    'spare',
  );

  it('takes the first spoke that matches, in the order of the configuration', () => {
    expect(homeSpoke(rules, 'web1.dc1.example.com')).to.equal('eu');
    expect(homeSpoke(rules, 'web2.dc1.example.com')).to.equal('dc1');
    expect(homeSpoke(rules, 'web2.example.com')).to.equal('rest');
  });

  it('falls back to the default spoke, or to none', () => {
    expect(homeSpoke(rules, 'mail.example.com')).to.equal('spare');
    expect(homeSpoke(compileRules([spoke('dc1')]), 'mail.example.com')).to.equal(undefined);
  });

  it('passes over spokes that are not let through, and never asks the default then', () => {
    expect(matchSpoke(rules, 'web1.dc1.example.com', (id) => id !== 'eu')).to.equal('dc1');
    expect(matchSpoke(rules, 'web1.dc1.example.com', (id) => id === 'rest')).to.equal('rest');
    expect(matchSpoke(rules, 'mail.example.com')).to.equal(undefined);
    expect(matchSpoke(rules, 'web1.dc1.example.com', () => false)).to.equal(undefined);
  });

  it('refuses bad patterns', () => {
    expect(thrownCode(() => compileRules([spoke('dc1', '*', '!x')]))).to.equal('INVALID_PATTERN');
  });
});

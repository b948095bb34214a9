/** Which texts are addresses. */
import { expect } from 'chai';
import { formatHostPort, parseHostPort, parseListenAddress } from '../../../src/rpc/host-port.ts';

describe('host and port', () => {
  it('reads names, IPv4 and bracketed IPv6, and writes them back', () => {
    for (const text of ['spoke1.example.com:1530', 'localhost:1', '10.0.0.1:65535', '[::1]:8443', '[fe80::1]:1']) {
      const parsed = parseHostPort(text);
      expect(parsed, text).not.to.equal(undefined);
      expect(parsed && formatHostPort(parsed)).to.equal(text);
    }
    expect(parseHostPort('[::1]:8443')?.host).to.equal('::1');
  });

  it('listens on an empty host and on port 0, but does not dial them', () => {
    for (const text of [':1530', '127.0.0.1:0', ':0', '[::]:0']) {
      expect(parseListenAddress(text), text).not.to.equal(undefined);
    }
    for (const text of [':1530', '127.0.0.1:0']) expect(parseHostPort(text), text).to.equal(undefined);
  });

  it('refuses everything else', () => {
    const wrong = ['', '1530', 'host', 'host:', 'host:65536', 'host:-1', 'a b:1', '::1:1', '[::1]', '[host]:1'];
    const odd = [
      '256.1.1.1:1',
      '1.2.3:1',
      'https://host:1',
      'user@host:1',
      '-host:1',
      'host:1/x',
      'host:0x1',
      'host:1 ',
    ];
    for (const text of [...wrong, ...odd]) expect(parseListenAddress(text), JSON.stringify(text)).to.equal(undefined);
  });
});

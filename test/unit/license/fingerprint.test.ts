/** Machine fingerprints: what goes in, and two of three. */
import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import {
  collectParts,
  type FingerprintParts,
  fingerprintMatches,
  formatFingerprint,
  isFingerprint,
  matchFingerprints,
} from '../../../src/license/fingerprint.ts';
import { type NetworkInterfaces, primaryMac } from '../../../src/license/primary-mac.ts';
import { vigoErrorOf } from '../pki/errors.ts';

const ID = '0123456789abcdef0123456789abcdef';
const MAC = '52:54:00:12:34:56';
const KEY = Buffer.from('public key');
const parts: Required<FingerprintParts> = { machineId: ID, mac: MAC, caPublicKey: KEY };
const others: Required<FingerprintParts> = {
  machineId: 'f'.repeat(32),
  mac: '52:54:00:65:43:21',
  caPublicKey: Buffer.from('another key'),
};

const nic = (mac: string, internal = false): NetworkInterfaceInfo[] => [
  { address: '192.0.2.1', netmask: '255.255.255.0', family: 'IPv4', cidr: null, mac, internal },
];
const lo = nic('00:00:00:00:00:00', true);

function files(contents: Record<string, string>): (path: string) => string {
  return (path) => {
    const content = contents[path];
    if (content === undefined) throw new Error(`ENOENT: ${path}`);
    return content;
  };
}

describe('fingerprint', () => {
  it('has the documented form and does not show its parts', () => {
    const fingerprint = formatFingerprint(parts);
    expect(fingerprint).to.match(/^vf1-[0-9a-f]{16}-[0-9a-f]{16}-[0-9a-f]{16}$/);
    expect(fingerprint).not.to.contain(ID.slice(0, 16));
    expect(formatFingerprint({ machineId: ID, mac: MAC })).to.match(/^vf1-[0-9a-f]{16}-[0-9a-f]{16}-0$/);
    expect(formatFingerprint({ ...parts })).to.equal(fingerprint);
  });

  it('stays the same from version to version', () => {
    expect(formatFingerprint(parts)).to.equal('vf1-ee4d3d4a7ea1bbb7-fe9ab601f711f255-4b065e40e1d26c1c');
  });

  // Which parts of this machine are as licensed, changed or missing → parts that match.
  const table: [string, Partial<FingerprintParts>, (keyof FingerprintParts)[], number][] = [
    ['nothing changed', {}, [], 3],
    ['another network card', { mac: others.mac }, [], 2],
    ['another machine id', { machineId: others.machineId }, [], 2],
    ['another CA', { caPublicKey: others.caPublicKey }, [], 2],
    ['no network card', {}, ['mac'], 2],
    ['no machine id', {}, ['machineId'], 2],
    ['no CA', {}, ['caPublicKey'], 2],
    ['another machine, the CA taken along', { mac: others.mac, machineId: others.machineId }, [], 1],
    ['the same machine id alone', { mac: others.mac, caPublicKey: others.caPublicKey }, [], 1],
    ['the same network card alone', { machineId: others.machineId, caPublicKey: others.caPublicKey }, [], 1],
    ['no CA and another card', { mac: others.mac }, ['caPublicKey'], 1],
    ['another machine altogether', others, [], 0],
  ];
  const licensed = formatFingerprint(parts);
  for (const [what, changed, missing, matching] of table) {
    it(`${matching >= 2 ? 'matches' : 'does not match'} with ${what}: ${matching} of 3`, () => {
      const now: Record<string, unknown> = { ...parts, ...changed };
      for (const part of missing) delete now[part];
      const mine = formatFingerprint(now as FingerprintParts);
      expect(matchFingerprints(mine, licensed)).to.equal(matching);
      expect(matchFingerprints(licensed, mine)).to.equal(matching);
      expect(fingerprintMatches(mine, [licensed])).to.equal(matching >= 2);
      const unrelated = formatFingerprint({ machineId: 'a', mac: 'b', caPublicKey: Buffer.from('c') });
      expect(fingerprintMatches(mine, [unrelated, licensed])).to.equal(matching >= 2);
    });
  }

  it('does not count a missing part as equal to a missing part', () => {
    const mine = formatFingerprint({ machineId: ID, mac: MAC });
    expect(matchFingerprints(mine, formatFingerprint({ machineId: others.machineId, mac: MAC }))).to.equal(1);
  });

  it('does not add up parts of different fingerprints', () => {
    const one = formatFingerprint({ ...others, mac: MAC });
    const two = formatFingerprint({ ...others, machineId: ID });
    expect(fingerprintMatches(licensed, [one, two])).to.equal(false);
    expect(fingerprintMatches(licensed, [])).to.equal(false);
  });

  it('does not take the same text in another place for a match', () => {
    const [head, a, b, c] = licensed.split('-');
    expect(matchFingerprints(licensed, [head, b, a, c].join('-'))).to.equal(1);
    expect(matchFingerprints(licensed, [head, c, a, b].join('-'))).to.equal(0);
  });

  it('of another form is none and matches nothing', () => {
    const hex = 'a'.repeat(16);
    const bad = ['', 'vf1', `vf2-${hex}-${hex}-${hex}`, `vf1-${hex}-${hex}`, `vf1-${hex}-0-0`, 'vf1-0-0-0'];
    for (const text of [...bad, licensed.toUpperCase(), `${licensed}\n`, `${licensed}-0`]) {
      expect(isFingerprint(text), text).to.equal(false);
      expect(matchFingerprints(text, text), text).to.be.below(2);
    }
    expect(isFingerprint(licensed)).to.equal(true);
    expect(isFingerprint(`vf1-${hex}-0-${hex}`)).to.equal(true);
  });

  it('cannot be had from fewer than two parts, and says what is missing', async () => {
    for (const [have, missing] of [
      [{}, /machine id.*MAC.*CA/],
      [{ machineId: ID }, /MAC address.*CA's public key/],
      [{ mac: MAC }, /\/etc\/machine-id.*CA's public key/],
      [{ caPublicKey: KEY }, /\/etc\/machine-id.*network interface/],
    ] as const) {
      const error = await vigoErrorOf(() => formatFingerprint(have));
      expect(error.code).to.equal('FINGERPRINT_UNAVAILABLE');
      expect(error.message).to.match(missing);
    }
  });

  describe('parts', () => {
    const interfaces = () => ({ lo, eth0: nic(MAC) });

    it('come from machine-id, the interfaces and the CA', () => {
      const readFile = files({ '/etc/machine-id': `${ID}\n` });
      expect(collectParts({ readFile, interfaces, caPublicKey: KEY })).to.deep.equal(parts);
    });

    it('take the D-Bus machine id where /etc has none or an unfinished one', () => {
      for (const etc of [undefined, '', 'uninitialized\n', '0'.repeat(32), 'abc']) {
        const contents = {
          '/var/lib/dbus/machine-id': ID.toUpperCase(),
          ...(etc !== undefined && { '/etc/machine-id': etc }),
        };
        expect(collectParts({ readFile: files(contents), interfaces }).machineId, etc).to.equal(ID);
      }
    });

    it('are left out where they cannot be had', () => {
      const failing = () => {
        throw new Error('no interfaces');
      };
      expect(collectParts({ readFile: files({}), interfaces: failing })).to.deep.equal({});
    });

    it('are the same at every call on this machine', () => {
      expect(collectParts()).to.deep.equal(collectParts());
    });
  });

  describe('primary MAC', () => {
    const routes = (...rows: [string, string, number][]) =>
      [
        'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
        ...rows.map(([name, destination, metric]) => {
          const mask = destination === '00000000' ? '00000000' : '00FFFFFF';
          return `${name}\t${destination}\t0101A8C0\t0003\t0\t0\t${metric}\t${mask}\t0\t0\t0`;
        }),
        '',
      ].join('\n');
    const [A, B, C] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b', '02:00:00:00:00:0c'];
    const DEFAULT = '00000000';

    const cases: [string, NetworkInterfaces, string | undefined, string | undefined][] = [
      ['only loopback', { lo }, undefined, undefined],
      ['the only interface', { lo, eth0: nic(A) }, undefined, A],
      ['the first by name, in whatever order they come', { eth1: nic(B), eth0: nic(A), lo }, undefined, A],
      ['the one with the default route', { eth0: nic(A), eth1: nic(B) }, routes(['eth1', DEFAULT, 100]), B],
      [
        'the default route of the lowest metric',
        { eth0: nic(A), eth1: nic(B) },
        routes(['eth0', DEFAULT, 600], ['eth1', DEFAULT, 100], ['eth0', '0000A8C0', 0]),
        B,
      ],
      ['the first by name without a default route', { eth0: nic(A), eth1: nic(B) }, routes(['eth1', '0000A8C0', 0]), A],
      [
        'no virtual one beside a real one',
        {
          ...Object.fromEntries(
            ['docker0', 'br-1a2b', 'cni0', 'flannel.1', 'ifb0', 'tap0', 'tun0', 'veth1a', 'virbr0', 'wg0'].map(
              (name) => [name, nic(B)],
            ),
          ),
          wlan0: nic(C),
        },
        routes(['tun0', DEFAULT, 0]),
        C,
      ],
      ['a virtual one when there is no other', { lo, veth1: nic(B), docker0: nic(A) }, undefined, A],
      ['no interface without a MAC', { eth0: nic('00:00:00:00:00:00'), ppp0: [], eth1: nic(B) }, undefined, B],
      ['lower case', { eth0: nic('02:00:00:AB:CD:EF') }, undefined, '02:00:00:ab:cd:ef'],
      ['the first by name with a routing table of another form', { eth0: nic(A), eth1: nic(B) }, 'what\nis this\n', A],
    ];
    for (const [what, interfaces, table, mac] of cases) {
      it(`is ${what}`, () => {
        expect(primaryMac(interfaces, table)).to.equal(mac);
      });
    }
  });
});

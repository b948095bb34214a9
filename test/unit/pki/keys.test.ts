/** P-256 keys and their one encoding. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { openOrCreateCa } from '../../../src/pki/ca.ts';
import { generatePrivateKeyPem, isP256PublicKey, publicKeyDer } from '../../../src/pki/keys.ts';
import { useTempDir } from './temp-dir.ts';

const spki = { type: 'spki', format: 'der' } as const;

describe('keys', () => {
  const dir = useTempDir();

  it('makes P-256 keys whose public half is the same read from any form', async () => {
    const pem = generatePrivateKeyPem();
    const key = createPrivateKey(pem);
    const der = publicKeyDer(pem);
    expect(isP256PublicKey(der)).to.equal(true);
    expect(publicKeyDer(key)).to.deep.equal(der);
    expect(publicKeyDer(createPublicKey(key))).to.deep.equal(der);
    const ca = await openOrCreateCa({ dir: dir(), now: Date.UTC(2030, 0) });
    expect(publicKeyDer(ca.certPem)).to.deep.equal(ca.publicKeyDer);
    expect(publicKeyDer(new X509Certificate(ca.certPem))).to.deep.equal(ca.publicKeyDer);
  });

  it('refuses other curves and types, other encodings and points off the curve', () => {
    const good = publicKeyDer(generatePrivateKeyPem());
    const offCurve = Buffer.from(good);
    offCurve.writeUInt8(offCurve.readUInt8(90) ^ 1, 90);
    const compressed = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Buffer.of(2 + (good.readUInt8(90) & 1)),
      good.subarray(27, 59),
    ]);
    expect(createPublicKey({ key: compressed, ...spki }).asymmetricKeyType).to.equal('ec');
    const others = {
      ed25519: generateKeyPairSync('ed25519').publicKey.export(spki),
      'P-384': generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey.export(spki),
      secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export(spki),
      offCurve,
      compressed,
      short: good.subarray(0, 90),
      long: Buffer.concat([good, Buffer.of(0)]),
      empty: Buffer.alloc(0),
    };
    for (const [name, der] of Object.entries(others)) expect(isP256PublicKey(der), name).to.equal(false);
  });
});

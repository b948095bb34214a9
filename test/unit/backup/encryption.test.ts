import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { decrypt, ENCRYPTION_HEADER_BYTES, encrypt, FRAME_BYTES } from '../../../src/backup/format/encryption.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { allOf, flipped, inChunks, sourceOf } from '../../support/bytes.ts';

/** A thousandth of a real passphrase's cost: what is tested here does not depend on it. */
const CHEAP = { logN: 4, r: 8, p: 1 };
const PASSPHRASE = 'correct horse battery staple';
const SEALED_FRAME = FRAME_BYTES + 16;

const seal = (plain: Buffer, chunkSize?: number) => allOf(encrypt(inChunks(plain, chunkSize), PASSPHRASE, CHEAP));
const open = async (sealed: Buffer, passphrase = PASSPHRASE, chunkSize?: number) =>
  allOf((await decrypt(sourceOf(sealed, chunkSize), passphrase)).chunks());

/** The code and message of what it throws. */
async function refusal(sealed: Buffer, passphrase?: string): Promise<string> {
  try {
    await open(sealed, passphrase);
    return 'opened';
  } catch (error) {
    if (!(error instanceof VigoError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe('an encrypted backup', function () {
  this.timeout(60_000);

  it('gives back what was put in, whatever its length and however it comes', async () => {
    for (const length of [1, 1_000, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 200_001]) {
      const plain = randomBytes(length);
      for (const chunkSize of [undefined, 4_099]) {
        const sealed = await seal(plain, chunkSize);
        expect((await decrypt(sourceOf(sealed), PASSPHRASE)).length).to.equal(length);
        expect((await open(sealed, PASSPHRASE, chunkSize)).equals(plain), `${length}`).to.equal(true);
      }
    }
  });

  it('never has the same bytes twice', async () => {
    const [one, other] = [await seal(Buffer.from('same')), await seal(Buffer.from('same'))];
    expect(one.equals(other)).to.equal(false);
  });

  it('takes a passphrase in either form of Unicode', async () => {
    const sealed = await allOf(encrypt(inChunks(Buffer.from('x')), 'Schlüssel', CHEAP));
    expect((await open(sealed, 'Schlu\u0308ssel')).toString()).to.equal('x');
  });

  it('is not opened by another passphrase, and says that it is the passphrase', async () => {
    const sealed = await seal(Buffer.from('secret'));
    for (const wrong of ['', 'correct horse', `${PASSPHRASE} `]) {
      expect(await refusal(sealed, wrong)).to.match(/^BACKUP_PASSPHRASE: this is not the passphrase/);
    }
  });

  it('shows every byte that was changed', async () => {
    const sealed = await seal(randomBytes(600));
    for (let at = 0; at < sealed.length; at++) {
      expect(await refusal(flipped(sealed, at)), `byte ${at}`).to.match(/^BACKUP_INVALID: /);
    }
  });

  it('shows that it is cut short, wherever that is', async () => {
    const sealed = await seal(randomBytes(2 * FRAME_BYTES + 100));
    const boundaries = [0, 1, 2].map((frames) => ENCRYPTION_HEADER_BYTES + frames * SEALED_FRAME);
    const lengths = boundaries.flatMap((at) => [at - 1, at, at + 1, at + 15, at + 16, at + 17]);
    for (const length of [0, 1, 8, 40, ...lengths, sealed.length - 1]) {
      expect(await refusal(sealed.subarray(0, length)), `${length} bytes`).to.match(/^BACKUP_INVALID: /);
    }
  });

  it('shows what was put behind it, frames of its own too', async () => {
    const sealed = await seal(randomBytes(2 * FRAME_BYTES));
    const frame = sealed.subarray(-SEALED_FRAME);
    for (const more of [Buffer.from('x'), randomBytes(16), randomBytes(SEALED_FRAME), frame]) {
      expect(await refusal(Buffer.concat([sealed, more]))).to.match(/^BACKUP_INVALID: /);
    }
  });

  it('shows frames in another order, left out or from another file', async () => {
    const plain = randomBytes(3 * FRAME_BYTES);
    const [sealed, other] = [await seal(plain), await seal(plain)];
    const parts = (file: Buffer) =>
      [0, 1, 2].map((n) => file.subarray(ENCRYPTION_HEADER_BYTES).subarray(n * SEALED_FRAME, (n + 1) * SEALED_FRAME));
    const [a, b, c] = parts(sealed) as [Buffer, Buffer, Buffer];
    const header = sealed.subarray(0, ENCRYPTION_HEADER_BYTES);
    const foreign = parts(other)[1]!;
    for (const frames of [
      [b, a, c],
      [a, c],
      [a, b],
      [b, c],
      [a, a, c],
      [a, foreign, c],
      [a, b, b, c],
    ]) {
      expect(await refusal(Buffer.concat([header, ...frames]))).to.match(/^BACKUP_INVALID: /);
    }
  });

  it('is refused if it asks for more work than is sensible, or is of a later form', async () => {
    const { createHash } = await import('node:crypto');
    const sealed = await seal(Buffer.from('x'));
    const withByte = (at: number, value: number) => {
      const copy = Buffer.from(sealed);
      copy[at] = value;
      const digestAt = ENCRYPTION_HEADER_BYTES - 32;
      createHash('sha256').update(copy.subarray(0, digestAt)).digest().copy(copy, digestAt);
      return copy;
    };
    expect(await refusal(withByte(9, 30))).to.include('out of bounds');
    expect(await refusal(withByte(9, 0))).to.include('out of bounds');
    expect(await refusal(withByte(10, 255))).to.match(/^BACKUP_PASSPHRASE|out of bounds/);
    expect(await refusal(withByte(11, 200))).to.include('out of bounds');
    expect(await refusal(withByte(8, 2))).to.include('reads form 1');
  });
});

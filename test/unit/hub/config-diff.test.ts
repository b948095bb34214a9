import { expect } from 'chai';
import { diffFiles } from '../../../src/server/hub/config/config-diff.ts';

const tree = (files: Record<string, string | Buffer>) =>
  new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));

describe('the difference between two versions', () => {
  it('shows what was added, changed and removed, by path', () => {
    const before = tree({ 'b.vgo': 'one\ntwo\nthree\n', 'c.vgo': 'gone\n', same: 'same' });
    const after = tree({ 'a.vgo': 'new\n', 'b.vgo': 'one\n2\nthree\n', same: 'same' });
    expect(diffFiles(before, after)).to.deep.equal({
      filesChanged: 3,
      files: [
        {
          path: 'a.vgo',
          change: 'added',
          unified: '@@ -0,0 +1,1 @@\n+new',
          hidden: '',
          addedLines: 1,
          removedLines: 0,
        },
        {
          path: 'b.vgo',
          change: 'changed',
          unified: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three',
          hidden: '',
          addedLines: 1,
          removedLines: 1,
        },
        {
          path: 'c.vgo',
          change: 'removed',
          unified: '@@ -1,1 +0,0 @@\n-gone',
          hidden: '',
          addedLines: 0,
          removedLines: 1,
        },
      ],
    });
  });

  it('says that the last line has no end', () => {
    const { files } = diffFiles(tree({ a: 'x\n' }), tree({ a: 'x' }));
    expect(files[0]!.unified).to.equal('@@ -1,1 +1,1 @@\n-x\n+x\n\\ No newline at end of file');
  });

  it('does not show what nobody can read', () => {
    const { files } = diffFiles(tree({ zero: 'a\0b', latin: Buffer.from([0x80, 0xff]) }), tree({}));
    expect(files.map(({ path, hidden, unified }) => [path, hidden, unified])).to.deep.equal([
      ['latin', 'binary', ''],
      ['zero', 'binary', ''],
    ]);
  });

  it('does not show what is too large, nor what would take too long to find out', () => {
    const lines = (text: string) => Array.from({ length: 20_000 }, (_, i) => `${text}${i % 977}`).join('\n');
    const { files } = diffFiles(
      tree({ large: 'x'.repeat(300_000), tangled: lines('a') }),
      tree({ large: 'y'.repeat(300_000), tangled: lines('b') }),
    );
    expect(files.map(({ path, hidden }) => [path, hidden])).to.deep.equal([
      ['large', 'large'],
      ['tangled', 'large'],
    ]);
  });

  it('is bounded, however much differs, and says how much does', () => {
    const many = tree(Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`f${i}`, 'x'.repeat(10_000)])));
    const { files, filesChanged } = diffFiles(tree({}), many);
    expect(filesChanged).to.equal(700);
    expect(files).to.have.length(500);
    expect(files.reduce((sum, { unified }) => sum + unified.length, 0)).to.be.at.most(2 * 1024 * 1024);
  });
});

// Compresses files that a server hands out as they are, once, as well as it can be done: a.js → a.js.br and a.js.gz beside it.
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const COMPRESSIBLE = '**/*.{html,js,css,svg,json,webmanifest,txt}';
const ENCODERS = {
  '.br': promisify(brotliCompress),
  '.gz': (body) => promisify(gzip)(body, { level: 9 }),
};

/** All below `folder`, except where it gains nothing. */
export async function compressBelow(folder) {
  for await (const path of glob(COMPRESSIBLE, { cwd: folder })) {
    const body = await readFile(join(folder, path));
    for (const [ending, encode] of Object.entries(ENCODERS)) {
      const encoded = await encode(body);
      if (encoded.length < body.length) await writeFile(join(folder, path + ending), encoded);
    }
  }
}

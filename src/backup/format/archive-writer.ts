/** A backup's archive as a stream: the manifest, then the files in its order. */
import { createHash } from 'node:crypto';
import { VigoError } from '../../fleet/errors.ts';
import { MANIFEST_MODE, MANIFEST_PATH, type Manifest, type ManifestFile } from './manifest.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-header.ts';

/** A tar. Throws DATA_DIR_UNUSABLE if a file is not any more what the manifest says. */
export async function* writeArchive(
  manifest: Manifest,
  contentOf: (file: ManifestFile) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  yield headerOf({ path: MANIFEST_PATH, size: text.length, mode: MANIFEST_MODE });
  yield text;
  yield tarPadding(text.length);
  for (const file of manifest.files) {
    yield headerOf(file);
    const digest = createHash('sha256');
    let written = 0;
    for await (const chunk of contentOf(file)) {
      written += chunk.length;
      if (written > file.size) throw changed(file);
      digest.update(chunk);
      yield chunk;
    }
    if (written !== file.size || digest.digest('hex') !== file.sha256) throw changed(file);
    yield tarPadding(file.size);
  }
  yield TAR_END;
}

function headerOf(file: Pick<ManifestFile, 'path' | 'size' | 'mode'>): Buffer {
  const header = tarHeader(file);
  if (!header) throw new Error(`the path ${file.path} does not fit into an archive`);
  return header;
}

const changed = ({ path }: ManifestFile): VigoError =>
  new VigoError('DATA_DIR_UNUSABLE', `${path} was changed while it was being backed up: make the backup again`);

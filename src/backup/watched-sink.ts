/** A sink that tells how far it is, and stops when it is told to. */
import { VigoError } from '../fleet/errors.ts';
import type { ArchiveSink } from './format/archive-reader.ts';

export interface Watch {
  readonly signal: AbortSignal;
  /** Bytes of files that were read, of all. */
  readonly onProgress: (read: number, of: number) => void;
}

/** Its `file` throws INTERRUPTED. */
export function watchedSink(sink: ArchiveSink, { signal, onProgress }: Watch): ArchiveSink {
  let [read, total] = [0, 0];
  return {
    async begin(manifest) {
      total = manifest.files.reduce((sum, { size }) => sum + size, 0);
      await sink.begin(manifest);
    },
    file: (file, content) =>
      sink.file(
        file,
        (async function* () {
          for await (const chunk of content) {
            if (signal.aborted) throw new VigoError('INTERRUPTED', 'interrupted: nothing was changed');
            yield chunk;
            read += chunk.length;
            onProgress(read, total);
          }
        })(),
      ),
  };
}

/** `disk`: size of the root file system. */
import { statfs } from 'node:fs/promises';
import type { TraitCollector } from './trait-collector.ts';

export function createDiskCollector(root: string): TraitCollector {
  return {
    name: 'disk',
    async collect() {
      const { blocks, bsize } = await statfs(root);
      return { disk: { rootTotalBytes: blocks * bsize } };
    },
  };
}

// Writes oclif.manifest.json: what commands there are, so that a start reads one file instead of importing all of them.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Plugin } from '@oclif/core/config';

/** `root`: the folder of package.json, with a built dist/. Throws when a command cannot be loaded. */
export async function writeManifest(root) {
  const pjson = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const plugin = new Plugin({
    root,
    pjson,
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    // Defaults that depend on the machine or hold secrets stay out.
    respectNoCacheDefault: true,
  });
  await plugin.load();
  const file = join(root, 'oclif.manifest.json');
  // Renamed into place: somebody may be starting the program just now.
  await writeFile(`${file}.tmp`, `${JSON.stringify(plugin.manifest)}\n`);
  await rename(`${file}.tmp`, file);
}

/** `os`: distribution, platform, architecture. */
import { arch, platform, release } from 'node:os';
import { join } from 'node:path';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';
import type { TraitCollector } from './trait-collector.ts';

/** `root`: where the system's files begin, usually "/". */
export function createOsCollector(root: string): TraitCollector {
  return {
    name: 'os',
    collect() {
      const text =
        readSmallFileIfPresent(join(root, 'etc/os-release')) ??
        readSmallFileIfPresent(join(root, 'usr/lib/os-release')) ??
        '';
      const fields = parseOsRelease(text);
      return {
        os: {
          id: fields.get('ID') ?? platform(),
          name: fields.get('PRETTY_NAME') ?? fields.get('NAME') ?? platform(),
          version: fields.get('VERSION_ID') ?? release(),
          platform: platform(),
          arch: arch(),
        },
      };
    },
  };
}

/** os-release(5): lines of KEY=value, the value perhaps in quotes. */
export function parseOsRelease(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, single, double, bare] =
      /^([A-Z_][A-Z0-9_]*)=(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S*))\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    fields.set(key, single ?? double?.replace(/\\(.)/g, '$1') ?? bare ?? '');
  }
  return fields;
}

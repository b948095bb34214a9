/** A tree of stacks as large as wanted: many small texts, and contents that cannot be compressed, such as keys and programs. */
import { createHash, randomBytes } from 'node:crypto';
import type { StacksFiles } from '../../src/stacks/stacks-files.ts';

const CRATES = 100;
const TEXT_BYTES = 8 * 1024;
/** Of all that is not text. */
const BINARIES = 400;

const RULES = `envoys:
  - match: "*"
    environment: production
    roles: [base]
    vars: { ntp_servers: [0.pool.example.com, 1.pool.example.com] }
`;

/** Some 600 files, `bytes` in all, a fifth of them text. No two trees have a file in common but the rules and the roles. */
export function treeToPublish(bytes: number): StacksFiles {
  const files = new Map<string, Uint8Array>();
  const write = (path: string, content: string | Uint8Array) => files.set(path, Buffer.from(content));
  const name = (i: number) => `crate-${String(i).padStart(3, '0')}`;
  const salt = randomBytes(8).toString('hex');
  write('envoys.vgo', RULES);
  write('roles/base.vgo', `role: base\nconfigcrates:\n${crates((i) => `  - ${name(i)}\n`)}`);
  const textBytes = Math.min(TEXT_BYTES, Math.floor(bytes / 5 / (2 * CRATES)));
  for (let i = 0; i < CRATES; i++) {
    write(`configcrates/${name(i)}.vgo`, crate(name(i), salt));
    write(`templates/${name(i)}.conf.liquid`, text(`${salt} ${i}`, textBytes));
    write(`files/texts/${name(i)}.txt`, text(`${i} ${salt}`, textBytes));
  }
  const used = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  const each = Math.max(1, Math.floor((bytes - used) / BINARIES));
  for (let i = 0; i < BINARIES; i++) write(`files/binaries/${i % 20}/${i}.bin`, randomBytes(each));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

const crates = (line: (i: number) => string): string => Array.from({ length: CRATES }, (_, i) => line(i)).join('');

const crate = (name: string, salt: string): string => `configcrate: ${name}
resources:
  - { name: dir, type: directory, target_path: /etc/${name} }
  - name: conf
    type: file
    target_path: /etc/${name}/main.conf
    template: ${name}.conf.liquid
    depends_on: [dir]
  - { name: readme, type: file, target_path: /etc/${name}/readme, source: texts/${name}.txt, depends_on: [dir] }
  - { name: release, type: line, target_path: /etc/${name}/release, line: "${salt}", depends_on: [conf] }
`;

/** Lines of a configuration: a packer makes about a fourth of them. */
function text(seed: string, bytes: number): string {
  const lines: string[] = [`# {{ traits.hostname }} {{ environment }}\n`];
  for (let size = 0; size < bytes; size += lines.at(-1)?.length ?? 0) {
    const value = createHash('sha256').update(`${seed} ${lines.length}`).digest('hex').slice(0, 16);
    lines.push(`section_${lines.length}.option_${lines.length % 7} = ${value}  # default of the vendor\n`);
  }
  return lines.join('').slice(0, bytes);
}

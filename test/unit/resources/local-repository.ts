/** A repository of tiny packages on this machine, and a root in which nothing is installed: what apt needs, and no more. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Makes `root` a system without packages whose only source is `repository`. */
export async function layOutSystem(root: string, repository: string): Promise<void> {
  for (const folder of ['etc/apt', 'var/lib/dpkg']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/status'), '');
  await mkdir(repository, { recursive: true });
  await writeFile(join(repository, 'Packages'), '');
  await writeFile(join(root, 'etc/apt/sources.list'), `deb [trusted=yes] file:${repository} ./\n`);
}

/** Adds a package that consists of `/usr/share/NAME/version`. */
export async function addPackage(repository: string, name: string, version: string): Promise<void> {
  const folder = join(repository, 'work');
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: for tests\n`;
  await mkdir(join(folder, 'DEBIAN'), { recursive: true, mode: 0o755 });
  await mkdir(join(folder, 'usr/share', name), { recursive: true });
  await writeFile(join(folder, 'DEBIAN/control'), control);
  await writeFile(join(folder, 'usr/share', name, 'version'), version);
  const file = `${name}_${version}.deb`;
  await execute('dpkg-deb', ['--root-owner-group', '--build', folder, join(repository, file)]);
  await rm(folder, { recursive: true });
  const digest = createHash('sha256')
    .update(await readFile(join(repository, file)))
    .digest('hex');
  const { size } = await stat(join(repository, file));
  await appendFile(join(repository, 'Packages'), `${control}Filename: ./${file}\nSize: ${size}\nSHA256: ${digest}\n\n`);
}

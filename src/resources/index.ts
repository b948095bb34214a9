/** All resource types, by name. */
import { cron } from './cron.ts';
import { directory } from './directory.ts';
import { exec } from './exec.ts';
import { executor } from './executor.ts';
import { file } from './file.ts';
import { line } from './line.ts';
import { packageType } from './package.ts';
import type { ResourceType } from './resource-type.ts';
import { service } from './service.ts';
import { symlink } from './symlink.ts';
import { user } from './user.ts';

export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [file, directory, symlink, line, exec, packageType, service, user, cron, executor].map((type) => [type.name, type]),
);

/** A directory. */
import { ENSURE, OWNERSHIP, TARGET_PATH, textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

export const directory: ResourceType = {
  name: 'directory',
  summary: 'a directory, with those above it',
  attributes: { target_path: TARGET_PATH, ensure: ENSURE, ...OWNERSHIP },
  identify: (spec) => textOf(spec.target_path),
};

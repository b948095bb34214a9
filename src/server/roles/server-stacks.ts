/** What a server has to do with stacks: the published tree that it reads, and how a tree is checked before it is published. */
import { RESOURCE_TYPES } from '../../resources/index.ts';
import { checkStacks } from '../../stacks/check-stacks.ts';
import type { StacksFiles, StacksProblem } from '../../stacks/stacks-files.ts';
import { STACKS_LIMITS } from '../../stacks/stacks-limits.ts';
import type { LiveConfig } from '../live/live-config.ts';
import { openLiveConfig } from '../live/open-live-config.ts';
import type { RoleContext } from './role-parts.ts';

/** `<data_dir>/.live` and the archives beside it, up to the configured size. Throws DATA_DIR_UNUSABLE. */
export function openServerLive(context: Pick<RoleContext, 'config' | 'clock' | 'logger'>): Promise<LiveConfig> {
  const { config, clock, logger } = context;
  const limits = { ...STACKS_LIMITS, treeBytes: config.stacks.maxBytes };
  return openLiveConfig({ dataDir: config.dataDir, clock, logger, limits });
}

/** What is wrong with a tree; empty if nothing is. */
export function stacksProblems(files: StacksFiles): readonly StacksProblem[] {
  return checkStacks(files, RESOURCE_TYPES).problems;
}

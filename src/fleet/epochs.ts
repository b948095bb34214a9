/** How far epochs may be apart before something is wrong. */

/** Epochs grow by one or two with a move: who claims to know one this much higher means "revoked", or is not to be believed. */
export const MAX_EPOCH_STEP = 1_000_000;

/**
 * A hub that was restored does not know which epochs it has given out since the backup. What it gives out from then on is so
 * much higher: more often than this no envoy moves between two backups, and of the two billion that there are it costs nothing.
 */
export const EPOCH_LEAP = 1_000;

/**
 * What a spoke has to be told when it and the directory do not agree on who is where: after it was restored from an old backup,
 * or lost its disk.
 *
 * Only what is settled is compared: an envoy that moves or is being enrolled is somebody else's work. Where the spoke knows a
 * later epoch than the directory, nothing is corrected here: the agent's own question to the hub sorts that out.
 */
export interface DirectoryEntry {
  readonly id: string;
  /** Its owner. */
  readonly spoke: string;
  readonly epoch: number;
  /** It is being enrolled, or a move has it. */
  readonly unsettled: boolean;
}

export interface SpokeEntry {
  readonly id: string;
  /** Under which the spoke serves it. */
  readonly epoch: number;
}

export interface Corrections {
  /** Envoys of this spoke that it lacks, or serves under an epoch that is over. */
  readonly adopt: readonly string[];
  /** Envoys that it serves and that another owns under a later epoch. */
  readonly release: readonly { readonly id: string; readonly to: string; readonly epoch: number }[];
  /** Envoys that it serves and that the directory does not know. */
  readonly unknown: readonly string[];
}

/** `owned`: those that the directory places on `spoke`; `found`: those that it serves. */
export function correctionsFor(
  spoke: string,
  owned: Iterable<DirectoryEntry>,
  found: readonly SpokeEntry[],
  find: (id: string) => DirectoryEntry | undefined,
): Corrections {
  const served = new Map(found.map(({ id, epoch }) => [id, epoch]));
  const adopt: string[] = [];
  for (const { id, epoch, unsettled } of owned) {
    if (!unsettled && (served.get(id) ?? 0) < epoch) adopt.push(id);
  }
  const release: { id: string; to: string; epoch: number }[] = [];
  const unknown: string[] = [];
  for (const [id, servedUnder] of served) {
    const entry = find(id);
    if (!entry) unknown.push(id);
    else if (entry.spoke !== spoke && !entry.unsettled && servedUnder < entry.epoch)
      release.push({ id, to: entry.spoke, epoch: entry.epoch });
  }
  return { adopt, release, unknown };
}

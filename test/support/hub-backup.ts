/** A hub's database put aside, and put back: what a backup and its restore are to a fleet in memory. */
import { copyFile, rm } from 'node:fs/promises';
import type { MemoryFleet } from './memory-fleet.ts';

export interface HubBackup {
  /** Kills the hub and puts its database back as it was; it is not started. */
  putBack(): Promise<void>;
  /** The same, and starts it. */
  restore(): Promise<void>;
}

/** The third file that SQLite has beside a database is made anew from these. */
const FILES = ['', '-wal'];

/** Of the hub as it is now, in the middle of whatever it does: it goes on undisturbed. */
export async function backUpHub(fleet: MemoryFleet): Promise<HubBackup> {
  const { hub, clock } = fleet;
  const createdAt = new Date(clock.now()).toISOString();
  const copies: [string, string][] = FILES.map((suffix) => [
    `${hub.databaseFile}${suffix}`,
    `${hub.databaseFile}.backup${suffix}`,
  ]);
  for (const [file, copy] of copies) await copyFile(file, copy).catch(() => undefined);
  let restores = 0;
  const backup: HubBackup = {
    async putBack() {
      await hub.kill();
      await rm(`${hub.databaseFile}-shm`, { force: true });
      for (const [file, copy] of copies) {
        await rm(file, { force: true });
        // What was not there when the copy was made is not there again.
        await copyFile(copy, file).catch(() => undefined);
      }
      const restoredAt = new Date(clock.now()).toISOString();
      hub.restoredNote = {
        backupCreatedAt: createdAt,
        restoredAt: `${restoredAt} ${++restores}`,
        programVersion: '0.0.0',
      };
      fleet.records.replaced('hub');
    },
    async restore() {
      await backup.putBack();
      await hub.start();
    },
  };
  return backup;
}

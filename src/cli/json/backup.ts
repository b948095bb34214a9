/** Backups in JSON output. */
import type { Manifest } from '../../backup/format/manifest.ts';

export interface BackupJson {
  /** Absolute. */
  readonly file: string;
  /** Of the file. */
  readonly bytes: number;
  /** How many are in it. */
  readonly files: number;
  readonly encrypted: boolean;
  readonly createdAt: string;
  /** Of the program that made it. */
  readonly programVersion: string;
  readonly role: 'standalone' | 'hub' | 'spoke';
  readonly spokeId: string | null;
  readonly trustDomain: string | null;
  /** Where the data directory was. */
  readonly dataDir: string;
  /** The newest migration of the database. */
  readonly schema: string | null;
  /** The published tree that is served; null if none. */
  readonly configVersion: string | null;
  /** The newest entry of the audit log; null on a spoke, and before the first. */
  readonly audit: { readonly seq: number; readonly hash: string } | null;
  /** Files in it that were not in the data directory. */
  readonly outside: readonly string[];
}

export interface CreatedJson extends BackupJson {
  /** What is in the data directory, is not the program's, and is not in the backup. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
}

export interface RestoredJson {
  readonly dataDir: string;
  /** Where what was there before is now; null if there was nothing. */
  readonly keptAside: string | null;
  readonly restoredAt: string;
  readonly backup: BackupJson;
  /** Files that were not in the data directory, and where they are now: nothing is written outside of it. */
  readonly elsewhere: readonly { readonly origin: string; readonly file: string }[];
}

export interface BackupFile {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly encrypted: boolean;
}

export function backupJson(manifest: Manifest, { file, size, encrypted }: BackupFile): BackupJson {
  const { createdAt, programVersion, role, spokeId, trustDomain, dataDir, configVersion, audit } = manifest;
  return {
    file,
    bytes: size,
    files: manifest.files.length,
    encrypted,
    createdAt,
    programVersion,
    role,
    spokeId,
    trustDomain,
    dataDir,
    schema: manifest.schema.at(-1) ?? null,
    configVersion,
    audit,
    outside: manifest.files.flatMap(({ origin }) => origin ?? []),
  };
}

/** The note that a restore leaves in the data directory: what is here is as old as the backup. */
export interface RestoredMarker {
  /** ISO 8601. */
  readonly backupCreatedAt: string;
  /** ISO 8601; tells one restore from the next. */
  readonly restoredAt: string;
  /** Of the program that made the backup. */
  readonly programVersion: string;
  /** Every spoke is reconciled: takes the note away. */
  remove(): Promise<void>;
}

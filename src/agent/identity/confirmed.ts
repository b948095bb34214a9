/** Whether the hub knows that this certificate, and the CAs that go with it, are on the agent's disk. */
import { hash } from 'node:crypto';
import { PRIVATE_FILE, replaceFile } from '../../platform/durable-files.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';
import type { AgentIdentity } from '../state.ts';
import type { StateDir } from '../state-dir.ts';

export async function noteConfirmed(dir: StateDir, identity: AgentIdentity): Promise<void> {
  await replaceFile(dir.confirmed, `${fingerprintOf(identity)}\n`, PRIVATE_FILE);
}

/** False also if the file cannot be read: the hub is told once more then. */
export function isConfirmed(dir: StateDir, identity: AgentIdentity): boolean {
  try {
    return readSmallFileIfPresent(dir.confirmed)?.trim() === fingerprintOf(identity);
  } catch {
    return false;
  }
}

const fingerprintOf = ({ certPem, caPem }: AgentIdentity): string => hash('sha256', certPem + caPem);

/** The agent's state directory: where it is, what is in it, and that nobody else may look into it. */
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { PRIVATE_DIR } from '../platform/durable-files.ts';

export interface StateDir {
  readonly path: string;
  /** Private key, PKCS #8 PEM, 0600. */
  readonly key: string;
  /** The envoy's certificate, PEM. */
  readonly cert: string;
  /** The fleet's CA certificates, PEM. */
  readonly ca: string;
  /** Who the envoy is and who owns it; written last, so it stands for "enrolled". */
  readonly state: string;
  /** SHA-256 of the certificate that the hub knows to be here; if it is lost, the hub is told once more. */
  readonly confirmed: string;
  /** For `agent status` only; may be lost. */
  readonly status: string;
  /** What the agent converges to. */
  readonly bundle: string;
  /** For `agent status` only; may be lost. */
  readonly lastRun: string;
  /** Runs that no server has yet. */
  readonly runs: string;
  /** Runs that no server will ever take. */
  readonly rejectedRuns: string;
  /** What runs still have to trigger. */
  readonly owed: string;
  readonly lock: string;
}

// What a write that was cut off leaves behind: the name with an id or a number.
const LEFTOVER =
  /^(?:key\.pem|cert\.pem|ca\.pem|confirmed|state\.json|status\.json|bundle\.json|last-run\.json|owed\.json)\.(?:[0-9a-f-]{36}\.tmp|\d+)$/;

/** `/var/lib/vigo` for root, else `$XDG_STATE_HOME/vigo` (`~/.local/state/vigo`). */
export function defaultStateDir(): string {
  if (process.getuid?.() === 0) return '/var/lib/vigo';
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'vigo');
}

export function stateDirAt(path: string): StateDir {
  const at = resolve(path);
  return {
    path: at,
    key: join(at, 'key.pem'),
    cert: join(at, 'cert.pem'),
    ca: join(at, 'ca.pem'),
    state: join(at, 'state.json'),
    confirmed: join(at, 'confirmed'),
    status: join(at, 'status.json'),
    bundle: join(at, 'bundle.json'),
    lastRun: join(at, 'last-run.json'),
    runs: join(at, 'runs'),
    rejectedRuns: join(at, 'runs', 'rejected'),
    owed: join(at, 'owed.json'),
    lock: join(at, 'agent.lock'),
  };
}

/** Makes the directory, and closes it to others if it is open. Throws `DATA_DIR_UNUSABLE`. */
export async function prepareStateDir(dir: StateDir): Promise<void> {
  try {
    await mkdir(dir.path, { recursive: true, mode: PRIVATE_DIR });
    const { mode } = await stat(dir.path);
    if ((mode & 0o077) !== 0) await chmod(dir.path, PRIVATE_DIR);
  } catch (error) {
    throw new VigoError(
      'DATA_DIR_UNUSABLE',
      `state directory ${dir.path} cannot be used: ${messageOf(error)}; name one that this user owns with --state-dir`,
      { cause: error },
    );
  }
}

/** Removes what interrupted writes have left. Only for who holds the lock. */
export async function removeLeftovers(dir: StateDir): Promise<void> {
  const names = await readdir(dir.path);
  await Promise.all(
    names.filter((name) => LEFTOVER.test(name)).map((name) => rm(join(dir.path, name), { force: true })),
  );
}

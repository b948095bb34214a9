/** Lets no process outlive the run: whatever ends the runner, `kill -9` included, its children end with it, also stopped ones. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Reaper {
  watch(pid: number): void;
  /** It has ended by itself. */
  forget(pid: number): void;
  close(): void;
}

export function startReaper(): Reaper {
  const program = join(import.meta.dirname, 'reaper-process.ts');
  // A session of its own: Ctrl-C is for the runner.
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.stdin.on('error', () => undefined);
  child.unref();
  return {
    watch: (pid) => void child.stdin.write(`+${pid}\n`),
    forget: (pid) => void child.stdin.write(`-${pid}\n`),
    close: () => void child.stdin.end(),
  };
}

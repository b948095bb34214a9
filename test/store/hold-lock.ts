// A process that takes the lock of a data directory, says so, and holds it until it is killed.
import { lockDataDir } from '../../src/server/store/data-dir.ts';

const lock = lockDataDir(process.argv[2] as string);
// Held on to: a lock that nobody refers to any more is collected, and free.
process.on('exit', () => lock.release());
process.stdout.write('locked\n');
process.stdin.resume();

// A process that takes the lock of a data directory, says so, and holds it until it is killed.
import { lockDataDir } from '../../src/server/store/data-dir.ts';

lockDataDir(process.argv[2] as string);
process.stdout.write('locked\n');
process.stdin.resume();

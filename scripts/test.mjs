// Runs the suites, fast ones first; a suite that fails does not keep the others from running.
// With arguments: mocha's own, for example `npm test -- test/unit/fleet/patterns.test.ts`.
import { spawnSync } from 'node:child_process';

// What is about time: beside others on a small machine they would measure those.
const ALONE = 'test/e2e/@(certificates|dead-spoke-agents|failover|overload|reports).test.ts';

const SUITES = {
  unit: { files: 'test/{unit,rpc,store,property}/**/*.test.ts', args: ['--parallel', '--jobs', '2'] },
  'end to end': { files: 'test/e2e/**/*.test.ts', args: ['--parallel', '--jobs', '2', '--ignore', ALONE] },
  'end to end, one after the other': { files: ALONE, args: [] },
  browser: { files: 'test/browser/**/*.test.ts', args: [] },
  chaos: { files: 'test/chaos/**/*.test.ts', args: [] },
};

function mocha(args) {
  return spawnSync('mocha', args, { stdio: 'inherit' }).status === 0;
}

const args = process.argv.slice(2);
if (args.length > 0) {
  process.exitCode = mocha(args) ? 0 : 1;
} else {
  const failed = Object.entries(SUITES).filter(([name, suite]) => {
    console.log(`\n=== ${name}`);
    return !mocha([...suite.args, suite.files]);
  });
  const passed = Object.keys(SUITES).length - failed.length;
  console.log(`\nsuites: ${passed} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

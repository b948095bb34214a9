/** Stands in for systemctl or npm on a machine of a sandbox: has the suite do it. `ask.ts SOCKET MACHINE TOOL ARGS…` */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answer } from './desk.ts';

const [socketFile = '', ...asked] = process.argv.slice(2);
const socket = connect({ path: socketFile, allowHalfOpen: true });
socket.end(JSON.stringify(asked));
const { code, out, error }: Answer = JSON.parse(await text(socket));
process.stdout.write(out);
process.stderr.write(error);
process.exitCode = code;

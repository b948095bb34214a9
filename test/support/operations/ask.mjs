// Stands in for systemctl or npm on a machine of a sandbox: has the suite do it (desk.ts). `ask.mjs SOCKET MACHINE TOOL ARGS…`
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const [path, ...asked] = process.argv.slice(2);
const socket = connect({ path, allowHalfOpen: true });
socket.end(JSON.stringify(asked));
const { code, out, error } = JSON.parse(await text(socket));
process.stdout.write(out);
process.stderr.write(error);
process.exitCode = code;

/** Serves the web UI over a made-up fleet until Ctrl-C: node test/support/web-fixture/serve.ts [--envoys N] [--port P] [--trouble] [--viewer] */
import { parseArgs } from 'node:util';
import { Role } from '../../../src/gen/vigo/v1/access_pb.js';
import { startWebFixture } from './web-fixture.ts';

const { values } = parseArgs({
  options: {
    envoys: { type: 'string', default: '100000' },
    port: { type: 'string', default: '8080' },
    trouble: { type: 'boolean', default: false },
    viewer: { type: 'boolean', default: false },
    'signed-out': { type: 'boolean', default: false },
  },
});
const { url } = await startWebFixture({
  envoys: Number(values.envoys),
  port: Number(values.port),
  trouble: values.trouble,
  role: values.viewer ? Role.VIEWER : Role.ADMIN,
  signedIn: !values['signed-out'],
});
console.log(url);

// A whole fleet as one JSON document, or one table, while it streams in.
import { Writable } from 'node:stream';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'chai';
import { envoyQuery } from '../../../src/cli/envoy-query.ts';
import { printAllEnvoys, writeAllEnvoys } from '../../../src/cli/list-all-envoys.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { EnvoyDrift, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { createEnvoyTableBuilder } from '../../../src/rpc/envoy-table.ts';
import { createFakeTerminal } from './fake-terminal.ts';
import { createInProcessHub } from './in-process-hub.ts';

const QUERY = envoyQuery({ sort: 'hostname' });
const AT = Date.UTC(2026, 0, 1);

/** `tables` tables of three rows each, of which the first is stale. */
function hubWith(tables: number, failure?: ConnectError) {
  return createInProcessHub({
    async *streamEnvoys() {
      const builder = createEnvoyTableBuilder();
      for (let i = 0; i < tables * 3; i++) {
        builder.add({
          id: `id-${i}`,
          hostname: `web${i}.dc1.example.com`,
          spoke: 'dc1',
          epoch: 1,
          status: EnvoyStatus.CONVERGED,
          drift: EnvoyDrift.NONE,
          reachable: true,
          stale: i % 3 === 0,
          lastSeenAt: AT,
          enrolledAt: AT,
          configVersion: '',
        });
        if (builder.length === 3) yield { table: builder.take() };
      }
      if (failure) throw failure;
      yield {
        summary: {
          total: tables * 3,
          complete: false,
          warnings: [{ spoke: 'dc1', code: 'unavailable', message: 'connection refused' }],
        },
      };
    },
  });
}

/** Takes chunks only one after another, so that the writer has to wait. */
function slowReader() {
  const chunks: string[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      setImmediate(done);
    },
  });
  return { stream, text: () => chunks.join('') };
}

describe('all envoys as JSON', () => {
  it('is one document, rows first', async () => {
    const { stream, text } = slowReader();
    expect(await writeAllEnvoys(hubWith(4), QUERY, stream)).to.equal('incomplete');
    const list = JSON.parse(text());
    expect(Object.keys(list)).to.deep.equal(['envoys', 'total', 'complete', 'nextCursor', 'warnings']);
    expect(list.envoys.map((envoy: { id: string }) => envoy.id)).to.deep.equal(
      Array.from({ length: 12 }, (_, i) => `id-${i}`),
    );
    expect(list).to.deep.include({
      total: 12,
      complete: false,
      nextCursor: null,
      warnings: [{ spoke: 'dc1', code: 'unavailable', message: 'connection refused' }],
    });
  });

  it('is one document without any envoy', async () => {
    const { stream, text } = slowReader();
    await writeAllEnvoys(hubWith(0), QUERY, stream);
    expect(JSON.parse(text())).to.deep.include({ envoys: [], total: 0 });
  });

  it('stays one document when the server fails in the middle', async () => {
    const { stream, text } = slowReader();
    const end = await writeAllEnvoys(hubWith(2, new ConnectError('cut', Code.Unavailable)), QUERY, stream);
    expect(end).to.deep.equal({ exit: 5 });
    const list = JSON.parse(text());
    expect(list.envoys).to.have.length(6);
    expect(list.complete).to.equal(false);
    expect(list.error).to.include({ code: 'UNREACHABLE', exit: 5 });
  });

  it('writes nothing when the server fails before the first row', async () => {
    const { stream, text } = slowReader();
    const failing = hubWith(0, new ConnectError('no', Code.PermissionDenied));
    const error = await writeAllEnvoys(failing, QUERY, stream).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(VigoError).with.property('code', 'PERMISSION_DENIED');
    expect(text()).to.equal('');
  });

  it('stops when nobody reads on', async () => {
    const stream = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('closed'), { code: 'EPIPE' })),
    });
    stream.on('error', () => {});
    expect(await writeAllEnvoys(hubWith(1000), QUERY, stream)).to.equal('closed');
  });
});

describe('all envoys as a table', () => {
  it('has one line of titles, all rows, and the warnings', async () => {
    const { terminal, out } = createFakeTerminal();
    const warnings: string[] = [];
    const end = await printAllEnvoys(hubWith(2), QUERY, { terminal, now: AT, warn: (text) => warnings.push(text) });
    expect(end).to.equal('incomplete');
    const lines = out.join('').trimEnd().split('\n');
    expect(lines).to.have.length(8);
    expect(lines.filter((line) => line.startsWith('HOSTNAME'))).to.have.length(1);
    expect(lines.at(-1)).to.equal('6 envoys');
    expect(warnings[0]).to.include('its 2 envoys shown here are listed from the directory as stale');
  });
});

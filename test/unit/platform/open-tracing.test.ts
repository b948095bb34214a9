/** How a server is told to trace, and when it does not. */
import { expect } from 'chai';
import { VigoError } from '../../../src/fleet/errors.ts';
import { tracingIfAsked } from '../../../src/server/platform/tracing/tracing-if-asked.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createLogRecorder } from '../../support/log-recorder.ts';

describe('asking for traces', () => {
  const open = (env: Record<string, string>, logger = createLogRecorder()) => {
    const spanner = { role: 'hub' } as never;
    return tracingIfAsked({ config: { spanner }, env, version: '1', clock: createFakeClock(), logger });
  };

  it('is done by naming a collector', async () => {
    expect(await open({})).to.equal(undefined);
    expect(await open({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: 'x' })).to.equal(undefined);
    for (const [endpoint, url] of [
      ['http://localhost:4318', 'http://localhost:4318/v1/traces'],
      ['https://collector/otlp/', 'https://collector/otlp/v1/traces'],
    ] as const) {
      const log = createLogRecorder();
      const tracing = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, log);
      expect(log.lines('info')).to.deep.equal([{ url, msg: 'calls are traced' }]);
      await tracing?.close();
    }
  });

  it('is refused with the name of the variable', async () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://localhost:4318';
    const refused: Record<string, string>[] = [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@localhost' },
      { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
      { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'a=%secret' },
      { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'a b=secret' },
    ];
    for (const env of refused) {
      const error = await open(env).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error, JSON.stringify(env)).to.be.instanceOf(VigoError).with.property('code', 'CONFIG_INVALID');
      expect((error as VigoError).message)
        .to.include(Object.keys(env).at(-1))
        .and.not.include('secret');
    }
  });

  it('says so when another encoding is asked for', async () => {
    const log = createLogRecorder();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    await (await open(env, log))?.close();
    expect(log.lines('warn')[0]).to.deep.include({ protocol: 'grpc' });
  });
});

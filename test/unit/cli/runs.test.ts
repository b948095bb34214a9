import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { envoyDetailJson } from '../../../src/cli/json/envoy.ts';
import { runDetailJson, runJson, runListJson } from '../../../src/cli/json/run.ts';
import { spokeDetailJson } from '../../../src/cli/json/spoke.ts';
import { renderEnvoy } from '../../../src/cli/render/envoy.ts';
import { renderRun, runColumns, runFooter, runsWarningText } from '../../../src/cli/render/runs.ts';
import { renderTable } from '../../../src/cli/render/table.ts';
import {
  GetEnvoyResponseSchema,
  GetRunResponseSchema,
  GetSpokeResponseSchema,
  ListRunsResponseSchema,
  SpokeSchema,
} from '../../../src/gen/vigo/v1/admin_pb.js';
import {
  EnvoySchema,
  ResourceOutcome,
  ResourceResultSchema,
  type Run,
  RunSchema,
} from '../../../src/gen/vigo/v1/types_pb.js';

const ISO = '2026-01-01T00:00:00.000Z';
const AT = Date.parse(ISO);
const NOW = AT + 90_000;
const ID = '0196a1b2-0000-7000-8000-000000000001';
const ENVOY = '0d6f0a3e-0000-4000-8000-000000000001';
const style = (_format: unknown, text: string) => text;
const WIDE = { width: Number.POSITIVE_INFINITY, style };
const NARROW = { width: 80, style };

const RUN: Run = create(RunSchema, {
  id: ID,
  envoyId: ENVOY,
  hostname: 'web3.dc1.example.com',
  spoke: 'dc1',
  startedAt: timestampFromMs(AT),
  receivedAt: timestampFromMs(AT + 2_000),
  durationMs: 1_540,
  configVersion: '4f0c2a9be1d7aaaa',
  ok: 12,
  changed: 1,
});
const RUN_JSON = {
  id: ID,
  envoyId: ENVOY,
  hostname: 'web3.dc1.example.com',
  spoke: 'dc1',
  startedAt: ISO,
  durationMs: 1_540,
  configVersion: '4f0c2a9be1d7aaaa',
  outcome: 'changed',
  ok: 12,
  changed: 1,
  failed: 0,
  skipped: 0,
  error: null,
  receivedAt: '2026-01-01T00:00:02.000Z',
};
const BROKEN: Run = create(RunSchema, { id: ID, envoyId: ENVOY, spoke: 'dc1', error: 'the bundle cannot be read' });
const result = (resource: string, type: string, outcome: ResourceOutcome, message: string, durationMs: number) =>
  create(ResourceResultSchema, { resource, type, outcome, message, durationMs });
const DETAIL = create(GetRunResponseSchema, {
  run: {
    ...RUN,
    ok: 1,
    failed: 1,
    skipped: 1,
    results: [
      result('motd/motd', 'file', ResourceOutcome.OK, '', 3),
      result('ntp/chrony', 'package', ResourceOutcome.CHANGED, 'installed 4.5', 61_000),
      result('ntp/service', 'service', ResourceOutcome.SKIPPED, 'ntp/conf failed', 0),
      result('ntp/conf', 'file', ResourceOutcome.FAILED, 'denied:\n/etc/chrony', 2_500),
    ],
  },
});

describe('runs in JSON', () => {
  it('have every field, null where something is absent', () => {
    expect(runJson(RUN)).to.deep.equal(RUN_JSON);
    expect(runJson(BROKEN)).to.deep.include({
      hostname: null,
      startedAt: null,
      configVersion: null,
      outcome: 'failed',
      error: 'the bundle cannot be read',
      receivedAt: null,
    });
  });

  it('are a page, with what is missing', () => {
    const response = create(ListRunsResponseSchema, {
      runs: [RUN],
      nextCursor: 'abc',
      warnings: [{ spoke: 'dc2', code: 'unavailable', message: 'connection refused' }],
    });
    expect(runListJson(response)).to.deep.equal({
      runs: [RUN_JSON],
      complete: false,
      nextCursor: 'abc',
      warnings: [{ spoke: 'dc2', code: 'unavailable', message: 'connection refused' }],
    });
    expect(runListJson(create(ListRunsResponseSchema, { complete: true }))).to.deep.equal({
      runs: [],
      complete: true,
      nextCursor: null,
      warnings: [],
    });
  });

  it('come with the results of one, in the order of the run', () => {
    const { results, ...run } = runDetailJson(DETAIL);
    expect(run).to.deep.equal({ ...RUN_JSON, ok: 1, failed: 1, skipped: 1, outcome: 'degraded' });
    expect(results.map(({ resource, outcome }) => `${resource} ${outcome}`)).to.deep.equal([
      'motd/motd ok',
      'ntp/chrony changed',
      'ntp/service skipped',
      'ntp/conf failed',
    ]);
    expect(results[0]).to.deep.equal({
      resource: 'motd/motd',
      type: 'file',
      outcome: 'ok',
      message: null,
      durationMs: 3,
    });
  });

  it('are part of what is shown of a spoke and of an envoy', () => {
    const spoke = create(GetSpokeResponseSchema, { recentRuns: [RUN] });
    expect(spokeDetailJson(create(SpokeSchema, { id: 'dc1' }), spoke).recentRuns).to.deep.equal([RUN_JSON]);
    const envoy = create(GetEnvoyResponseSchema, { recentRuns: [RUN] });
    expect(envoyDetailJson(create(EnvoySchema, { id: ENVOY }), envoy).recentRuns).to.deep.equal([RUN_JSON]);
  });
});

describe('runs for people', () => {
  it('are a line each, of an envoy with what `runs show` takes', () => {
    const rows = [runJson(RUN), runJson(BROKEN)];
    expect(renderTable(runColumns('envoy', NOW), rows, NARROW).split('\n')).to.deep.equal([
      'STARTED  OUTCOME  OK  CHANGED  FAILED  ID',
      '1m ago   changed  12        1       0  0196a1b2-0000-7000-8000-000000000001',
      'never    failed    0        0       0  0196a1b2-0000-7000-8000-000000000001',
    ]);
    const [titles, , broken] = renderTable(runColumns('envoy', NOW), rows, WIDE).split('\n');
    expect(titles).to.match(/SKIPPED +TOOK +SPOKE +CONFIG +ID +ERROR$/);
    expect(broken).to.match(/the bundle cannot be read$/);
  });

  it('of a spoke name their envoys', () => {
    const lines = renderTable(runColumns('spoke', NOW), [runJson(RUN), runJson(BROKEN)], NARROW).split('\n');
    expect(lines[0]).to.match(/^STARTED {2}HOSTNAME +OUTCOME {2}OK {2}CHANGED {2}FAILED/);
    expect(lines[1]).to.include('web3.dc1.example.com');
    expect(lines[2]).to.include(ENVOY);
    for (const line of lines) expect(line.length).to.be.at.most(80);
  });

  it('in full begin with what failed, one line a resource', () => {
    const lines = renderRun(runDetailJson(DETAIL), { ...NARROW, now: NOW }).split('\n');
    expect(lines[0]).to.equal('web3.dc1.example.com  degraded');
    expect(lines).to.include('resources  1 ok, 1 changed, 1 failed, 1 skipped');
    expect(lines).to.include('took       1.5 s');
    expect(lines.slice(lines.indexOf('') + 1)).to.deep.equal([
      'OUTCOME  RESOURCE     TYPE        TOOK  MESSAGE',
      'failed   ntp/conf     file       2.5 s  denied: /etc/chrony',
      'changed  ntp/chrony   package  1 m 1 s  installed 4.5',
      'skipped  ntp/service  service     0 ms  ntp/conf failed',
      'ok       motd/motd    file        3 ms',
    ]);
    for (const line of lines) expect(line.length).to.be.at.most(80);
    const broken = renderRun(runDetailJson(create(GetRunResponseSchema, { run: BROKEN })), { ...NARROW, now: NOW });
    expect(broken).to.match(/^0d6f0a3e.* {2}failed\n/);
    expect(broken).to.match(/error +the bundle cannot be read$/);
  });

  it('stand at the end of what is shown of an envoy', () => {
    const envoy = create(EnvoySchema, { id: ENVOY, hostname: 'web3.dc1.example.com' });
    const show = (response: object) =>
      renderEnvoy(envoyDetailJson(envoy, create(GetEnvoyResponseSchema, response)), { ...NARROW, now: NOW });
    expect(show({ recentRuns: [RUN] })).to.match(
      /\n\nSTARTED.*\n1m ago +changed .*0196a1b2-0000-7000-8000-000000000001$/,
    );
    expect(show({})).not.to.include('STARTED');
  });

  it('say how to go on, and what is missing', () => {
    expect(runFooter(1, null)).to.equal('1 run');
    expect(runFooter(20, 'abc')).to.equal('20 runs; next page: --cursor abc');
    expect(runsWarningText({ spoke: 'dc2', code: 'unhealthy', message: 'no answer' })).to.equal(
      'dc2 did not answer (unhealthy: no answer); runs that it keeps are not shown',
    );
  });
});

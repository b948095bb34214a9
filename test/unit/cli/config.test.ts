import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'chai';
import { configStatusJson, configVersionJson, publishedJson } from '../../../src/cli/json/config.ts';
import { historyColumns, renderConfigStatus, renderPublished } from '../../../src/cli/render/config.ts';
import { renderProblems } from '../../../src/cli/render/stacks-problems.ts';
import { renderTable } from '../../../src/cli/render/table.ts';
import { uploadStacks } from '../../../src/cli/upload-stacks.ts';
import {
  ConfigVersionSchema,
  GetConfigStatusResponseSchema,
  PublishedConfigSchema,
  SyncOutcome,
} from '../../../src/gen/vigo/v1/admin_pb.js';
import { systemClock } from '../../../src/platform/clock.ts';
import { CHUNK_BYTES, receiveUpload } from '../../../src/rpc/archive-upload.ts';
import { digestOf } from '../../support/digest.ts';
import { failureOf } from '../../support/rpc-failure.ts';
import { collect } from '../../support/servers.ts';
import { createInProcessHub } from './in-process-hub.ts';

const ISO = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(ISO) + 90_000;
const HEX = '4f0c2a9be1d7'.padEnd(64, '0');
const PLAIN = { width: Number.POSITIVE_INFINITY, style: (_format: unknown, text: string) => text };

const VERSION = create(ConfigVersionSchema, {
  version: HEX,
  publishedAt: timestampFromDate(new Date(ISO)),
  actor: 'admin',
  message: 'new ntp servers',
  added: ['a.vgo'],
  changed: ['b.vgo', 'c.vgo'],
  filesChanged: 3,
  size: 2048,
  number: 7,
  current: true,
});
const PUBLISHED = create(PublishedConfigSchema, {
  version: VERSION,
  spokes: [
    { spoke: 'dc1', outcome: SyncOutcome.SYNCED, durationMs: 12.345 },
    { spoke: 'dc2', outcome: SyncOutcome.SKIPPED, reason: 'cannot reach spoke dc2' },
    { spoke: 'dc3', outcome: SyncOutcome.UNCHANGED, durationMs: 3 },
  ],
});

describe('a published configuration', () => {
  it('in JSON has the changes, every spoke, and a warning for each that was skipped', () => {
    expect(publishedJson(PUBLISHED)).to.deep.equal({
      version: HEX,
      unchanged: false,
      number: 7,
      filesChanged: 3,
      added: ['a.vgo'],
      changed: ['b.vgo', 'c.vgo'],
      removed: [],
      spokes: [
        { spoke: 'dc1', outcome: 'synced', reason: null, durationMs: 12.3 },
        { spoke: 'dc2', outcome: 'skipped', reason: 'cannot reach spoke dc2', durationMs: 0 },
        { spoke: 'dc3', outcome: 'unchanged', reason: null, durationMs: 3 },
      ],
      warnings: [{ spoke: 'dc2', code: 'skipped', message: 'cannot reach spoke dc2' }],
    });
  });

  it('is one line a spoke for people', () => {
    expect(renderPublished(publishedJson(PUBLISHED), PLAIN).split('\n')).to.deep.equal([
      'published version 4f0c2a9be1d7 (3 files: 1 added, 2 changed)',
      'dc1  synced     12 ms',
      'dc2  skipped    cannot reach spoke dc2',
      'dc3  unchanged  3 ms',
    ]);
    const same = create(PublishedConfigSchema, { version: VERSION, unchanged: true });
    expect(renderPublished(publishedJson(same), PLAIN)).to.equal('version 4f0c2a9be1d7 is what the fleet has already');
    const many = { ...publishedJson(PUBLISHED), filesChanged: 300, spokes: [] };
    expect(renderPublished(many, PLAIN)).to.equal('published version 4f0c2a9be1d7 (300 files changed)');
  });

  it('is listed with the others', () => {
    const version = configVersionJson(VERSION);
    expect(version).to.deep.equal({
      number: 7,
      version: HEX,
      publishedAt: ISO,
      actor: 'admin',
      message: 'new ntp servers',
      rollback: false,
      current: true,
      size: 2048,
      filesChanged: 3,
      added: ['a.vgo'],
      changed: ['b.vgo', 'c.vgo'],
      removed: [],
    });
    const table = renderTable(historyColumns(NOW), [version, { ...version, current: false, rollback: true }], PLAIN);
    expect(table.split('\n')[1]).to.equal('     7  4f0c2a9be1d7  1m ago     admin      3  current   new ntp servers');
    expect(table.split('\n')[2]).to.include('  rollback  ');
  });
});

describe('the configuration of each spoke', () => {
  it('has nulls where nothing is known, in JSON and in words', () => {
    const none = configStatusJson(create(GetConfigStatusResponseSchema, { spokes: [{ spoke: 'dc1', online: true }] }));
    expect(none).to.deep.equal({
      current: null,
      spokes: [{ spoke: 'dc1', version: null, behind: false, online: true, reason: null }],
    });
    expect(renderConfigStatus(none, { ...PLAIN, now: NOW })).to.match(/^nothing is published/);
  });

  it('says who is behind and why', () => {
    const status = configStatusJson(
      create(GetConfigStatusResponseSchema, {
        current: VERSION,
        spokes: [
          { spoke: 'dc1', version: HEX, online: true },
          { spoke: 'dc2', behind: true, reason: 'connection refused' },
        ],
      }),
    );
    const text = renderConfigStatus(status, { ...PLAIN, now: NOW });
    expect(text).to.include(HEX).and.to.include('1m ago by admin').and.to.include('3 files: 1 added, 2 changed');
    expect(text.split('\n').slice(-2)).to.deep.equal([
      'dc1    online   4f0c2a9be1d7  current',
      'dc2    offline  -             behind   connection refused',
    ]);
  });
});

describe('mistakes in stacks', () => {
  const problem = {
    file: 'roles/base.vgo',
    line: 3,
    column: 9,
    message: 'no configcrate "mtd"',
    snippet: '  - a\t- mtd',
  };

  it('are shown with their line and a mark under it', () => {
    expect(renderProblems([problem], PLAIN.style)).to.equal(
      'roles/base.vgo:3:9: no configcrate "mtd"\n      - a - mtd\n            ^',
    );
  });

  it('are one line when they are about a file or about nothing in particular', () => {
    const whole = { ...problem, line: 0, column: 0, snippet: '' };
    expect(renderProblems([whole, { ...whole, file: '' }], PLAIN.style)).to.equal(
      'roles/base.vgo: no configcrate "mtd"\nno configcrate "mtd"',
    );
  });

  it('cannot paint on the terminal, nor flood it', () => {
    const hostile = {
      ...problem,
      column: 5_000,
      snippet: `\u001b[2J${'x'.repeat(9_000)}`,
      message: 'a\u001b]0;b\u0007',
    };
    const text = renderProblems([hostile], PLAIN.style);
    for (const control of ['\u001b', '\u0007']) expect(text).to.not.include(control);
    expect(text.length).to.be.below(300);
    expect(text).to.not.include('^');
  });
});

describe('an upload of stacks', () => {
  const bytes = Buffer.alloc(2 * CHUNK_BYTES + 1, 'x');
  const archive = { version: digestOf(bytes), bytes };

  it('is the archive in order, with its digest, and shows how far it is', async () => {
    let got: object = {};
    const hub = createInProcessHub({
      async publishConfig(requests) {
        const { header, chunks } = await receiveUpload(requests, { clock: systemClock });
        got = { ...header, digest: digestOf(Buffer.concat(await collect(chunks))) };
        return { published: { unchanged: true } };
      },
    });
    const sent: number[] = [];
    const options = { hub, archive, message: 'm', timeoutMs: 5_000, onSent: (n: number) => void sent.push(n) };
    expect((await uploadStacks(options)).published?.unchanged).to.equal(true);
    expect(got).to.include({ digest: archive.version, size: bytes.length, message: 'm' });
    expect(sent).to.deep.equal([0, CHUNK_BYTES, 2 * CHUNK_BYTES, bytes.length]);
  });

  it('that is refused fails with what the server says', async () => {
    const hub = createInProcessHub({
      publishConfig() {
        throw new ConnectError('go away', Code.PermissionDenied);
      },
    });
    const upload = uploadStacks({ hub, archive, message: '', timeoutMs: 5_000, onSent: () => {} });
    expect((await failureOf(upload, 'it')).code).to.equal('PERMISSION_DENIED');
  });
});

// Tables at any width.
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import type { EnvoyJson } from '../../../src/cli/json/envoy.ts';
import { envoyColumns, envoyFooter, warningText } from '../../../src/cli/render/envoys.ts';
import { renderRows, renderTable } from '../../../src/cli/render/table.ts';
import { layOut } from '../../../src/cli/render/table-layout.ts';
import { relative } from '../../../src/cli/render/time.ts';
import { createFakeTerminal } from './fake-terminal.ts';

const NOW = Date.parse('2026-01-02T00:00:00.000Z');

function envoy(change: Partial<EnvoyJson> = {}): EnvoyJson {
  return {
    id: '0d6f0a3e-0000-4000-8000-000000000001',
    hostname: 'web3.rack7.dc1.example.com',
    spoke: 'dc1',
    epoch: 1,
    status: 'converged',
    drift: 'none',
    reachable: true,
    lastSeenAt: '2026-01-01T23:59:48.000Z',
    enrolledAt: '2026-01-01T00:00:00.000Z',
    configVersion: 'c0ffee'.repeat(10),
    stale: false,
    ...change,
  };
}

function render(rows: EnvoyJson[], columns: number, env: NodeJS.ProcessEnv = { NO_COLOR: '1' }): string[] {
  const { terminal } = createFakeTerminal({ isTTY: true, columns, env });
  return renderTable(envoyColumns(NOW), rows, { width: terminal.columns, style: terminal.style }).split('\n');
}

describe('an envoy table', () => {
  it('shows everything on a wide terminal', () => {
    const [titles, row] = render([envoy()], 200);
    expect(titles?.split(/ {2,}/)).to.deep.equal([
      'HOSTNAME',
      'SPOKE',
      'STATUS',
      'DRIFT',
      'LAST SEEN',
      'CONFIG',
      'ENROLLED',
      'ID',
    ]);
    expect(row).to.equal(
      'web3.rack7.dc1.example.com  dc1    converged  none   12s ago    c0ffeec0ffee  1d ago    0d6f0a3e-0000-4000-8000-000000000001',
    );
  });

  for (const columns of [20, 40, 80, 200]) {
    it(`never wraps at ${columns} columns`, () => {
      const lines = render([envoy(), envoy({ hostname: `${'x'.repeat(63)}.dc1.example.com`, stale: true })], columns);
      expect(lines).to.have.length(3);
      for (const line of lines) expect(line.length).to.be.at.most(columns);
      expect(lines[1]).to.match(/^web3/);
    });
  }

  it('keeps host name and status to the last', () => {
    expect(render([envoy()], 40)[0]?.split(/ {2,}/)).to.include.members(['HOSTNAME', 'STATUS']);
    expect(render([envoy()], 16)[0]).to.equal('HOSTNAME');
  });

  it('cuts nothing where there is no terminal', () => {
    const hostname = `${'x'.repeat(240)}.dc1`;
    const { terminal } = createFakeTerminal({ isTTY: false });
    const table = renderTable(envoyColumns(NOW), [envoy({ hostname })], {
      width: terminal.columns,
      style: terminal.style,
    });
    expect(table).to.include(hostname).and.to.include('0d6f0a3e-0000-4000-8000-000000000001');
  });

  it('cuts no later row that is longer than those it was laid out by', () => {
    const hostname = `${'x'.repeat(100)}.dc1`;
    const { style, columns: width } = createFakeTerminal({ isTTY: false }).terminal;
    const laid = layOut(envoyColumns(NOW), [envoy()], width);
    expect(renderRows(laid, [envoy({ hostname })], { width, style, titles: false })).to.include(`${hostname}  dc1`);
  });

  it('keeps its layout beside characters that take two places', () => {
    const [titles, row] = render([envoy()], 200);
    const beside = render([envoy(), envoy({ spoke: '東京' })], 200);
    expect(beside[0]).to.equal(titles);
    expect(beside[1]).to.equal(row);
    expect(beside[2]).to.match(/ {2}東京 {3}converged/);
    const { style, columns: width } = createFakeTerminal({ isTTY: false }).terminal;
    const uncut = renderTable(envoyColumns(NOW), [envoy({ spoke: '東京都庁舎前' })], { width, style });
    expect(uncut).to.include('  東京都庁舎前  converged');
  });

  it('has colours on a terminal, with the same layout', () => {
    const plain = render([envoy(), envoy({ status: 'failed' })], 80);
    const coloured = render([envoy(), envoy({ status: 'failed' })], 80, {});
    expect(coloured.join('\n')).to.include('\u001b[');
    expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).to.deep.equal(plain);
  });

  it('has no colours with NO_COLOR, on a dumb terminal, or without one', () => {
    expect(render([envoy()], 80, { NO_COLOR: '1' }).join()).to.not.include('\u001b');
    expect(render([envoy()], 80, { TERM: 'dumb' }).join()).to.not.include('\u001b');
    const { terminal } = createFakeTerminal({ isTTY: false, env: {} });
    expect(terminal.style('red', 'text')).to.equal('text');
  });

  it('lets no text steer the terminal', () => {
    const [, row] = render([envoy({ hostname: 'a\u001b[2Jb\r\nc' })], 200);
    expect(row).to.match(/^ab c /);
  });

  it('has titles even without rows', () => {
    expect(render([], 80)).to.have.length(1);
  });
});

describe('what stands below an envoy table', () => {
  it('says how many there are and where the next page is', () => {
    expect(envoyFooter({ total: 120, nextCursor: 'abc' }, 3)).to.equal('3 of 120 envoys; next page: --cursor abc');
    expect(envoyFooter({ total: 3, nextCursor: null }, 3)).to.equal('3 envoys');
    expect(envoyFooter({ total: 1, nextCursor: null }, 1)).to.equal('1 envoy');
  });

  it('warns which spoke is missing and what that means for the rows', () => {
    const warning = { spoke: 'dc1', code: 'unavailable', message: 'connection refused' };
    expect(warningText(warning, 3)).to.equal(
      'dc1 did not answer (unavailable: connection refused); its 3 envoys shown here are listed from the directory as stale',
    );
    expect(warningText(warning, 0)).to.match(/its envoys are listed/);
  });
});

describe('relative times', () => {
  for (const [iso, text] of [
    [null, 'never'],
    ['2026-01-01T23:59:48.000Z', '12s ago'],
    ['2026-01-01T23:00:00.000Z', '1h ago'],
    ['2025-12-30T00:00:00.000Z', '3d ago'],
    ['2026-01-02T00:00:00.500Z', '0s ago'],
    ['2026-01-02T05:00:00.000Z', 'in 5h'],
  ] as const) {
    it(`say ${text}`, () => {
      expect(relative(iso, NOW)).to.equal(text);
    });
  }
});

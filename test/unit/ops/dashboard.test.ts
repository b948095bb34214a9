/** The Grafana dashboard: what it draws exists, and it can be drawn. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { documentedMetrics } from '../../support/documented-metrics.ts';
import { partsOf } from '../../support/promql/ast.ts';
import { parseQuery } from '../../support/promql/parse.ts';
import { checkReferences } from '../../support/promql/references.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly {
    readonly refId: string;
    readonly datasource: unknown;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { query: string } }[];
  };
}

const FILE = new URL('../../../ops/grafana/vigocli.json', import.meta.url);
/** The variable by which it is asked which data source to use. */
const DATASOURCE = { type: 'prometheus', uid: `$${'{datasource}'}` };
const BUILT_IN = ['__rate_interval'];

/** As Grafana would send it, with some value for each variable. */
const filled = (expr: string): string => expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, 'x');
/** Drawn as they are, or shown otherwise: one of the others says the same, or more. */
const NOT_DRAWN = [
  'vigo_build_info',
  'vigo_certificate_expiry_timestamp_seconds',
  'vigo_hub_reports_total',
  'vigo_notification_tries_total',
  'vigo_notifications',
  'vigo_partition_envoys',
  'vigo_partition_serves_config',
  'vigo_restore_unreconciled_spokes',
  'vigo_rpc_running',
  'vigo_spoke_config_behind',
  'vigo_spoke_eligibility',
  'nodejs_heap_size_total_bytes',
];

describe('the dashboard', () => {
  const { panels, templating } = JSON.parse(readFileSync(FILE, 'utf8')) as Dashboard;
  const drawn = panels.filter(({ type }) => type !== 'row');
  const variables = templating.list.map(({ name }) => name);

  it('has rows for fleet, spokes, moves, check-ins, process and certificates', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).to.deep.equal([
      'Fleet',
      'Spokes',
      'Moves and failover',
      'Check-ins and calls',
      'Process',
      'Certificates',
    ]);
  });

  for (const { title, description, datasource, targets = [] } of drawn) {
    it(`draws "${title}" from what docs/metrics.md has`, () => {
      expect(description).to.match(/^[A-Z0-9].*\.$/);
      expect(targets).to.not.deep.equal([]);
      for (const target of targets) {
        expect([target.datasource, datasource]).to.deep.equal([DATASOURCE, DATASOURCE]);
        expect(target.legendFormat).to.not.equal('');
        const expr = parseQuery(filled(target.expr));
        checkReferences(expr);
        for (const [, variable] of target.expr.matchAll(/\$(\w+)/g))
          expect([...variables, ...BUILT_IN]).to.include(variable);
        for (const part of partsOf(expr))
          if (part.kind === 'selector')
            expect(
              part.matchers.map(({ label }) => label),
              target.expr,
            ).to.include('job');
      }
      expect(new Set(targets.map(({ refId }) => refId)).size).to.equal(targets.length);
    });
  }

  it('fills its variables from what docs/metrics.md has', () => {
    const queries = templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
    for (const query of queries) {
      const [, selector = ''] = /^label_values\((.*), \w+\)$/.exec(query) ?? [];
      checkReferences(parseQuery(filled(selector)));
    }
    expect(queries).to.have.length(3);
  });

  it('shows every metric, but for those that others say as well', () => {
    const exprs = drawn.flatMap(({ targets = [] }) => targets.map(({ expr }) => parseQuery(filled(expr))));
    const used = new Set(
      exprs.flatMap((expr) => [...partsOf(expr)].flatMap((part) => (part.kind === 'selector' ? [part.metric] : []))),
    );
    const missing = documentedMetrics().filter(
      ({ name, type }) => !used.has(name) && !(type === 'histogram' && used.has(`${name}_bucket`)),
    );
    expect(missing.map(({ name }) => name).toSorted()).to.deep.equal(NOT_DRAWN.toSorted());
  });

  it('puts no panel over another, and each into the width that there is', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), `${title} at ${x}, ${y}`).to.equal(undefined);
          taken.set(`${x} ${y}`, title);
        }
      }
    }
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
  });
});

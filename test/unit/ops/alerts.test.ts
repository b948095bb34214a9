/** The alerts: each fires when it should and keeps still when it should, and speaks only of what there is. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findTool } from '../../support/find-tool.ts';
import { firing, readAlerts } from '../../support/promql/alerting.ts';
import { checkReferences } from '../../support/promql/references.ts';
import { ALERT_CASES } from './alert-cases.ts';

const FILE = join(import.meta.dirname, '../../../ops/prometheus/alerts.yml');
const TEMPLATE = /\{\{(.*?)\}\}/g;
const KNOWN_TEMPLATE = /^ (?:\$labels\.(\w+)|\$value(?: \| (?:humanizeDuration|humanizePercentage))?) $/;

describe('alerts', () => {
  const rules = readAlerts();

  it('have names of their own, and each has cases, and no case is without its alert', () => {
    const names = rules.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(Object.keys(ALERT_CASES).toSorted()).to.deep.equal(names.toSorted());
    for (const [name, { fires, silent }] of Object.entries(ALERT_CASES))
      expect([fires.length > 0, silent.length > 0], name).to.deep.equal([true, true]);
  });

  it('are in order for promtool', async () => {
    const promtool = await findTool('promtool');
    if (!promtool) {
      // Said, so that nobody takes it for tested.
      console.log('      not tested: promtool is not on this machine');
      return;
    }
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'rules', FILE], { encoding: 'utf8' });
    expect(status, stdout + stderr).to.equal(0);
  });

  for (const rule of rules) {
    describe(rule.name, () => {
      const { fires = [], silent = [] } = ALERT_CASES[rule.name] ?? {};

      it('names metrics and labels that docs/metrics.md has', () => checkReferences(rule.expr));

      it('says how bad it is, what it is, and what to do', () => {
        expect(Object.keys(rule.labels)).to.deep.equal(['severity']);
        expect(rule.labels.severity).to.be.oneOf(['warning', 'critical']);
        expect(Object.keys(rule.annotations)).to.deep.equal(['summary', 'description', 'runbook']);
        for (const text of Object.values(rule.annotations)) expect(text.length).to.be.within(20, 600);
      });

      it('names commands that exist', () => {
        for (const [, topic, verb] of (rule.annotations.runbook ?? '').matchAll(/`vigocli ([a-z]+) ?([a-z-]*)/g)) {
          const file = verb && topic !== 'serve' ? `${topic}/${verb}.ts` : `${topic}.ts`;
          const found = existsSync(new URL(`../../../src/commands/${file}`, import.meta.url));
          expect(found, file).to.equal(true);
        }
      });

      for (const { what, series, after } of fires) {
        it(`fires: ${what}`, () => {
          const [alert] = firing(rule, series, after);
          if (!alert) throw new Error('it does not');
          for (const [, inner = ''] of Object.values(rule.annotations).join(' ').matchAll(TEMPLATE)) {
            const [known, label] = KNOWN_TEMPLATE.exec(inner) ?? [];
            expect(known, `template ${inner}`).to.be.a('string');
            if (label) expect(alert.labels).to.have.property(label);
          }
        });
      }

      for (const { what, series, after } of silent) {
        it(`keeps still: ${what}`, () => {
          expect(firing(rule, series, after)).to.deep.equal([]);
        });
      }
    });
  }
});

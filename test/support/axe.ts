/** Whether people who do not see, or use no mouse, can use a page: what axe finds against it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const SCRIPT = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What is wrong, in words: the rule, then where. It is put in from outside of the page, whose own policy lets
 * in no scripts but those of its server. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(SCRIPT, 'utf8'));
  const results = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults;
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

// docs/resources.md against the declarations: every type, every attribute, nothing that does not exist, examples that are right.
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { RESOURCE_TYPES } from '../../../src/resources/index.ts';
import type { ResourceType } from '../../../src/resources/resource-type.ts';
import { checkStacks } from '../../../src/stacks/check-stacks.ts';
import { tree } from '../../support/published.ts';

const DOCS = new URL('../../../docs/resources.md', import.meta.url);
const HEAD = ['attribute', 'kind', 'required', 'values', 'meaning'];

/** The table of a type's attributes, columns as wide as they must be. */
function tableOf({ attributes }: ResourceType): string {
  const rows = Object.entries(attributes).map(([name, { kind, required, oneOf = [], summary }]) => [
    `\`${name}\``,
    kind,
    required ? 'yes' : '',
    oneOf.map((value) => `\`${value}\``).join(', '),
    summary,
  ]);
  const widths = HEAD.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(HEAD), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** Behind each heading "## `type`", by type. */
const sectionsOf = (docs: string) =>
  new Map(
    docs
      .split(/^## /m)
      .flatMap((part) => (/^`(\w+)`\n/.test(part) ? [[part.slice(1, part.indexOf('`', 1)), part]] : [])) as [
      string,
      string,
    ][],
  );
const yamlIn = (section: string) => [...section.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml = '']) => yaml);

describe('the documentation of resource types', () => {
  let docs: string;
  let sections: Map<string, string>;
  before(async () => {
    docs = await readFile(DOCS, 'utf8');
    if (process.env.UPDATE_DOCS) {
      for (const [name, section] of sectionsOf(docs)) {
        const table = tableOf(RESOURCE_TYPES.get(name)!);
        docs = docs.replace(
          section,
          section.replace(/(?:^\|.*\n)+/m, () => `${table}\n`),
        );
      }
      await writeFile(DOCS, docs);
    }
    sections = sectionsOf(docs);
  });

  it('has a section for each type, in their order', () => {
    expect([...sections.keys()]).to.deep.equal([...RESOURCE_TYPES.keys()]);
  });

  // After a change that is meant: UPDATE_DOCS=1 mocha test/unit/resources/docs.test.ts
  it('lists the attributes of each as they are declared', () => {
    for (const [name, type] of RESOURCE_TYPES)
      expect(/(?:^\|.*\n)+/m.exec(sections.get(name)!)?.[0]).to.equal(`${tableOf(type)}\n`);
  });

  it('says of each what is checked, what is done, and what being notified means if it means something', () => {
    for (const [name, type] of RESOURCE_TYPES) {
      for (const part of ['Checked', 'Done', 'Notified'])
        expect(sections.get(name), name).to.match(new RegExp(`^\\*\\*${part}:\\*\\* `, 'm'));
      const means = !sections.get(name)!.includes('**Notified:** nothing.');
      expect(means, name).to.equal(type.trigger !== undefined);
    }
  });

  it('has an example of each, and all examples are right', () => {
    for (const [name, section] of sections) {
      const examples = yamlIn(section).join('');
      expect(examples).to.include(`type: ${name}\n`);
      const crate = `configcrate: x\nresources:\n${examples.replaceAll(/^(?=.)/gm, '  ')}`;
      const files = {
        'envoys.vgo': 'envoys: []\n',
        'configcrates/x.vgo': crate,
        'templates/chrony.conf.liquid': '',
        'files/set-level': '',
      };
      expect(checkStacks(tree(files), RESOURCE_TYPES).problems, name).to.deep.equal([]);
    }
    const [whole = ''] = yamlIn(docs);
    const files = { 'envoys.vgo': 'envoys: []\n', 'configcrates/web.vgo': whole };
    expect(checkStacks(tree(files), RESOURCE_TYPES).problems).to.deep.equal([]);
  });
});

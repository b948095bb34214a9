import { expect } from 'chai';
import fc from 'fast-check';
import { RESOURCE_TYPES } from '../../../src/resources/index.ts';
import { openPolicy } from '../../../src/stacks/open-policy.ts';
import type { EnvoyFacts } from '../../../src/stacks/policy.ts';
import { tree } from '../../support/published.ts';

/** A policy of one file with this content; `vars` name what is only known when it is rendered. */
function policyOf(content: string) {
  return openPolicy(
    tree({
      'envoys.vgo': `envoys:
  - match: "*"
    configcrates: [a]
    vars: { k: a, root: traits, list: [1, 2, 3], exp: "i == traits.b", objects: [{ a: 1 }, { a: 2 }] }
`,
      'configcrates/a.vgo': `configcrate: a\nresources:\n  - type: file\n    target_path: /a\n    content: ${JSON.stringify(content)}\n`,
    }),
    RESOURCE_TYPES,
  );
}

const HOST = 'web1.example.com';
/** Whether a change from one to the other makes it another bundle. */
const tells = (content: string, one: object, other: object): boolean => {
  const policy = policyOf(content);
  const print = (traits: object) => policy.fingerprint({ hostname: HOST, traits: { ...traits } });
  return print(one) !== print(other);
};

describe('what templates read of an envoy', () => {
  const SOME = { a: { b: 1, c: 2 }, list: [1], free: 1 };

  const precise = [
    '{{ traits.a.b }}',
    '{{ traits["a"].b | plus: 1 }}',
    '{% if traits.a.b == 1 and vars.list %}x{% elsif traits.a.b %}y{% endif %}',
    '{% assign t = traits.a %}{{ t.b }}',
    '{% for i in (1..traits.a.b) %}{{ i }}{% endfor %}',
    '{% case traits.a.b %}{% when 1 %}x{% else %}{{ traits.a }}{% endcase %}',
    '{% liquid\n echo traits.a.b\n %}',
    '{{ vars.list[traits.a.b] }}',
    '{{ vars.list | join: traits.a.b }}',
    'no traits.free, [traits.free] in {{ vars.k }}{% raw %}{{ traits.free }}{% endraw %}{{ traits.a.b }}',
  ];
  for (const content of precise) {
    it(`is a and not more: ${content}`, () => {
      expect(tells(content, SOME, { ...SOME, a: { ...SOME.a, b: 2 } }) || !content.includes('traits.a')).to.equal(true);
      expect(tells(content, SOME, { ...SOME, free: 2, list: [2] })).to.equal(false);
    });
  }

  it('is only the path, not what lies beside it', () => {
    expect(tells('{{ traits.a.b }}', SOME, { ...SOME, a: { ...SOME.a, c: 3 } })).to.equal(false);
    expect(tells('{{ traits.a.b }} {{ traits.a }}', SOME, { ...SOME, a: { ...SOME.a, c: 3 } })).to.equal(true);
  });

  const whole = [
    '{{ traits | json }}',
    '{% for t in traits %}{{ t[0] }}{% endfor %}',
    '{{ traits[vars.k].b }}',
    '{{ [vars.root].a.b }}',
    '{% assign t = traits %}{{ t.a.b }}',
    '{{ traits.size }}',
    '{{ vars.list | where_exp: "i", "i == traits.free" | size }}',
    '{{ vars.list | where_exp: "i", vars.exp | size }}',
    '{{ (1..traits.free).first }}{{ traits }}',
    '{% render "x" %}',
    '{% include "x", a: traits.a %}',
  ];
  for (const content of whole) {
    it(`may be anything: ${content}`, () => expect(tells(content, SOME, { ...SOME, free: 2 })).to.equal(true));
  }

  it('includes the host name only if it is read', () => {
    const print = (content: string, hostname: string) => policyOf(content).fingerprint({ hostname, traits: SOME });
    expect(print('{{ traits.a.b }}', 'x')).to.equal(print('{{ traits.a.b }}', 'y'));
    expect(print('{{ traits.hostname }}', 'x')).not.to.equal(print('{{ traits.hostname }}', 'y'));
  });

  it('is enough: envoys with the same fingerprint have the same policy, whatever the templates do', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'size', 'first', 'last', 'hostname');
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constantFrom<unknown>(1, 2, -0, 0, 'a', 'b', 'traits', '', null, true, false),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(name, tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    const traits = fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true });
    const prop = fc.oneof(
      { weight: 6, arbitrary: name.map((n) => `.${n}`) },
      { weight: 1, arbitrary: name.map((n) => `["${n}"]`) },
      { weight: 1, arbitrary: fc.constantFrom('[0]', '[vars.k]', '[traits.b]', '[-1]', '[nil]', '[""]', '["a"].b') },
    );
    const root = fc.oneof(
      { weight: 8, arbitrary: fc.constant('traits') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('["traits"]', '[vars.root]', 't', 'i', '(1..traits.a)', '"traits"', 'vars'),
      },
    );
    const path = fc.tuple(root, fc.array(prop, { maxLength: 3 })).map(([r, props]) => r + props.join(''));
    const filter = fc
      .oneof(
        { weight: 5, arbitrary: fc.constant('') },
        fc.constantFrom(
          ' | json',
          ' | size',
          ' | first',
          ' | keys',
          ' | join: "-"',
          ' | where: "a"',
          ' | map: "a"',
          ' | sort',
        ),
        path.map((p) => ` | default: ${p}`),
        path.map((p) => ` | append: ${p}`),
        path.map((p) => ` | where_exp: "i", "i != ${p.replaceAll('"', "'")}" | json`),
        fc.constant(' | where_exp: "i", vars.exp | json'),
        fc.constant(' | divided_by: 3'),
      )
      .filter((text) => text !== ' | keys');
    const expression = fc.tuple(path, filter).map((parts) => parts.join(''));
    const piece = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 2 },
        { weight: 6, arbitrary: expression.map((e) => `{{ ${e} }}`) },
        { weight: 1, arbitrary: expression.map((e) => `{% assign t = ${e} %}`) },
        { weight: 1, arbitrary: expression.map((e) => `{% assign traits = ${e} %}`) },
        { weight: 1, arbitrary: fc.tuple(path, path).map(([a, b]) => `{% cycle ${a}: ${b}, "x" %}`) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            '{% increment traits %}',
            '{% increment a %}',
            '{% raw %}{{ x }}{% endraw %}',
            '[x]',
          ),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(path, tie('text'))
            .map(([p, t]) => `{% for i in ${p} limit: traits.b %}${t}{% else %}-{% endfor %}`),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(expression, path, tie('text'))
            .map(([e, p, t]) => `{% if ${e} %}${t}{% elsif ${p} == traits.c %}${t}!{% endif %}`),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(path, path, tie('text'))
            .map(([a, b, t]) => `{% case ${a} %}{% when ${b} %}${t}{% else %}?{% endcase %}`),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(path, tie('text'))
            .map(([p, t]) => `{% tablerow i in ${p} cols: traits.a %}${t}{% endtablerow %}`),
        },
        { weight: 1, arbitrary: tie('text').map((t) => `{% capture t %}${t}{% endcapture %}`) },
        { weight: 1, arbitrary: fc.tuple(tie('text'), path).map(([t, p]) => `{% unless ${p} %}${t}{% endunless %}`) },
      ),
    })).text;
    const content = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => `{{ vars.k }}${pieces.join('')}`);
    let sharing = 0;
    fc.assert(
      fc.property(
        content,
        traits,
        fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 3 }),
        (text, one, changes) => {
          const policy = policyOf(text);
          for (const change of changes) {
            const [key, changed] = change;
            const envoys: EnvoyFacts[] = [
              { hostname: HOST, traits: one },
              { hostname: HOST, traits: { ...one, [key]: changed } },
              { hostname: 'other', traits: Object.fromEntries(Object.entries(one).reverse()) },
            ];
            const groups = Map.groupBy(envoys, (envoy) => policy.fingerprint(envoy));
            for (const group of groups.values()) {
              const policies = new Set(group.map((envoy) => JSON.stringify(policy.resolve(envoy))));
              expect(policies.size, text).to.equal(1);
              sharing += group.length - 1;
            }
          }
        },
      ),
      { numRuns: 600 },
    );
    expect(sharing, 'envoys that share a policy with another').to.be.above(200);
  });
});

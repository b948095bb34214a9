import { expect } from 'chai';
import { RESOURCE_TYPES } from '../../../src/resources/index.ts';
import { checkStacks } from '../../../src/stacks/check-stacks.ts';
import { readStacksDir } from '../../../src/stacks/read-stacks-dir.ts';
import { tree } from '../../support/published.ts';

const GOOD = {
  'envoys.vgo': 'envoys:\n  - match: "*"\n    roles: [base]\n    vars: { greeting: hello }\n',
  'roles/base.vgo': 'role: base\nconfigcrates: [motd]\n',
  'configcrates/motd.vgo': [
    'configcrate: motd',
    'resources:',
    '  - name: dir',
    '    type: directory',
    '    target_path: /etc',
    '  - name: motd',
    '    type: file',
    '    target_path: /etc/motd',
    '    content: "{{ vars.greeting }} from {{ traits.hostname }}\\n"',
    '    mode: "0644"',
    '    depends_on: [dir]',
    '    notify: []',
    '',
  ].join('\n'),
};

const check = (files: Record<string, string>) => checkStacks(tree({ ...GOOD, ...files }), RESOURCE_TYPES);
/** "file:line:column message" */
const told = (files: Record<string, string>) =>
  check(files).problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
const crate = (...resources: string[]) => ({
  'configcrates/motd.vgo': `configcrate: motd\nresources:\n${resources.map((lines) => `  - ${lines.split('\n').join('\n    ')}\n`).join('')}`,
});

describe('checking stacks', () => {
  it('finds nothing wrong with the examples, and reads what is in them', async () => {
    const { stacks, problems } = checkStacks(await readStacksDir('examples/stacks'), RESOURCE_TYPES);
    expect(problems).to.deep.equal([]);
    expect([...(stacks?.configcrates.keys() ?? [])]).to.deep.equal(['motd', 'nginx', 'ntp', 'sshd', 'users']);
    expect(stacks?.rules.map(({ match }) => match)).to.deep.equal(['lb*.example.com', '*']);
    const nginx = stacks?.configcrates.get('nginx')?.resources;
    expect(nginx?.find(({ id }) => id === 'nginx/site')).to.deep.include({
      type: 'file',
      dependsOn: ['nginx/package'],
      notify: ['nginx/service'],
    });
    expect(nginx?.find(({ id }) => id === 'nginx/package')?.dependsOn).to.deep.equal(['users/deploy']);
  });

  it('leaves what only is what it should be when it is rendered to whoever renders it', () => {
    const rendered = crate(
      'type: line\ntarget_path: /etc/hosts\nline: x\nmatch: "^{{ traits.hostname }} "',
      'type: cron\njob: a\nschedule: "{{ vars.minute }} * * * *"\ncommand: "true"',
      'type: package\npackage: "{{ vars.package }}"',
    );
    expect(told(rendered)).to.deep.equal([]);
  });

  const mistakes: [string, Record<string, string>, string][] = [
    ['YAML that is none', { 'roles/base.vgo': 'role: base\nconfigcrates: [motd\n' }, 'roles/base.vgo:3:1 YAML: '],
    [
      'a key that is there twice',
      { 'roles/base.vgo': 'role: base\nrole: base\nconfigcrates: []\n' },
      'roles/base.vgo:2:1 YAML: ',
    ],
    ['no mapping', { 'roles/base.vgo': '- a\n' }, 'roles/base.vgo:0:0 expected a mapping'],
    [
      'an unknown key',
      { 'roles/base.vgo': 'role: base\nconfigcrate: [motd]\n' },
      'roles/base.vgo:2:1 unknown key "configcrate"; did you mean "configcrates"?',
    ],
    [
      'a crate that is not there',
      { 'roles/base.vgo': 'role: base\nconfigcrates: [motd, sshd]\n' },
      'roles/base.vgo:2:22 there is no configcrate "sshd"',
    ],
    [
      'a role that is not there',
      { 'envoys.vgo': 'envoys:\n  - match: "*"\n    roles: [bases]\n' },
      'envoys.vgo:3:13 there is no role "bases"',
    ],
    [
      'a role that is there twice',
      { 'roles/other.vgo': 'role: base\nconfigcrates: []\n' },
      'roles/other.vgo:1:7 role "base" is in roles/base.vgo already',
    ],
    [
      'a crate that is there twice',
      { 'configcrates/x/other.vgo': 'configcrate: motd\nresources: []\n' },
      'configcrates/x/other.vgo:1:14 configcrate "motd" is in configcrates/motd.vgo already',
    ],
    ['a bad pattern', { 'envoys.vgo': 'envoys:\n  - match: "!(a)"\n' }, 'envoys.vgo:2:12 "match": pattern "!(a)"'],
    ['a resource without a type', crate('name: a'), 'configcrates/motd.vgo:3:5 expected "type": one of file'],
    ['an unknown type', crate('type: fil\ntarget_path: /a'), 'configcrates/motd.vgo:3:11 unknown type "fil"'],
    [
      'an attribute of another type',
      crate('type: directory\ntarget_path: /a\ncontent: x'),
      'configcrates/motd.vgo:5:5 unknown key "content"',
    ],
    [
      'an attribute that is missing',
      crate('type: directory'),
      'configcrates/motd.vgo:3:5 a resource of type directory needs "target_path"',
    ],
    [
      'a mode that is a number',
      crate('type: directory\ntarget_path: /a\nmode: 0755'),
      'configcrates/motd.vgo:5:11 "mode": expected octal permissions in quotes',
    ],
    [
      'a relative path',
      crate('type: directory\ntarget_path: etc'),
      'configcrates/motd.vgo:4:18 "target_path": expected an absolute path',
    ],
    [
      'a path that climbs',
      crate('type: directory\ntarget_path: /etc/../root'),
      'configcrates/motd.vgo:4:18 "target_path": a path must not have ".."',
    ],
    [
      'two contents',
      crate('type: file\ntarget_path: /a\ncontent: x\nsource: y'),
      'configcrates/motd.vgo:6:13 "source": there is no file files/y',
    ],
    [
      'no content',
      crate('type: file\ntarget_path: /a'),
      'configcrates/motd.vgo:4:18 "target_path": expected exactly one of content',
    ],
    [
      'a command without a guard',
      crate('type: exec\ncommand: "true"'),
      'configcrates/motd.vgo:4:14 "command": without a guard',
    ],
    [
      'a schedule that is none',
      crate('type: cron\njob: a\nschedule: sometimes\ncommand: "true"'),
      'configcrates/motd.vgo:5:15 "schedule": expected five fields',
    ],
    [
      'a schedule that never comes',
      crate('type: cron\njob: a\nschedule: "0 25 * * *"\ncommand: "true"'),
      'configcrates/motd.vgo:5:15 "schedule": no hour: "25"',
    ],
    [
      'a package that a package manager would take for an option',
      crate('type: package\npackage: --purge'),
      'configcrates/motd.vgo:4:14 "package": "--purge" is no name of a package',
    ],
    [
      'services by a pattern',
      crate('type: service\nservice: "*"'),
      'configcrates/motd.vgo:4:14 "service": "*" is no name of a service',
    ],
    [
      'a command of several lines that has no name',
      crate('type: exec\nunless: "false"\ncommand: |\n  one\n  two'),
      'configcrates/motd.vgo:3:5 it would be called after what it is about',
    ],
    [
      'a dependency that is not there',
      crate('type: directory\ntarget_path: /a\ndepends_on: [other/b]'),
      'configcrates/motd.vgo:5:18 there is no resource "other/b"',
    ],
    [
      'a circle',
      crate(
        'name: a\ntype: directory\ntarget_path: /a\ndepends_on: [b]',
        'name: b\ntype: directory\ntarget_path: /b\ndepends_on: [a]',
      ),
      'configcrates/motd.vgo:3:5 depends on itself: motd/a → motd/b → motd/a',
    ],
    [
      'two resources of one name',
      crate('name: a\ntype: directory\ntarget_path: /a', 'name: a\ntype: directory\ntarget_path: /b'),
      'configcrates/motd.vgo:6:5 resource "a" is there twice',
    ],
    [
      'two resources about one file',
      crate('name: a\ntype: directory\ntarget_path: /a', 'name: b\ntype: directory\ntarget_path: /a'),
      'configcrates/motd.vgo:6:5 another resource is about the same directory /a',
    ],
    [
      'a template that does not parse',
      crate('type: file\ntarget_path: /a\ncontent: "{{ vars.a "'),
      'configcrates/motd.vgo:5:14 template: ',
    ],
    [
      'a template in a block',
      crate('type: file\ntarget_path: /a\ncontent: |\n  one\n  {% if %}'),
      'configcrates/motd.vgo:7:1 template: ',
    ],
    [
      'a template file that does not parse',
      { 'templates/a.liquid': 'one\n{% for %}\n' },
      'templates/a.liquid:2:1 template: ',
    ],
    [
      'an anchor',
      { 'envoys.vgo': 'envoys:\n  - match: "*"\n    vars: { a: &x [1], b: *x }\n' },
      'envoys.vgo:3:27 "vars": anchors',
    ],
    ['a file in the wrong place', { 'motd.vgo': 'configcrate: x\n' }, 'motd.vgo:0:0 .vgo files belong under'],
    [
      'a crate that nobody would read',
      { 'configcrates/motd.yaml': '' },
      'configcrates/motd.yaml:0:0 only .vgo files have a meaning here',
    ],
    [
      'a key from a prototype',
      { 'roles/base.vgo': '__proto__: x\nrole: base\nconfigcrates: []\n' },
      'roles/base.vgo:1:1 unknown key "__proto__"',
    ],
  ];
  for (const [name, files, expected] of mistakes) {
    it(`says where there is ${name}`, () => {
      const problems = told(files);
      expect(
        problems.some((problem) => problem.startsWith(expected)),
        problems.join('\n'),
      ).to.equal(true);
    });
  }

  it('finds all of them in one pass, in the order of files and lines, with the line itself', () => {
    const { stacks, problems } = check({
      'envoys.vgo': 'envoys:\n  - match: "["\n    rols: [base]\n',
      'roles/base.vgo': 'role: base\nconfigcrates: [nope]\n',
      'templates/x.liquid': '{{',
      ...crate('type: exec\ncommand: "true"', 'type: directory\ntarget_path: etc'),
    });
    expect(stacks).to.equal(undefined);
    expect(problems.map(({ file, line }) => `${file}:${line}`)).to.deep.equal([
      'configcrates/motd.vgo:4',
      'configcrates/motd.vgo:6',
      'envoys.vgo:2',
      'envoys.vgo:3',
      'roles/base.vgo:2',
      'templates/x.liquid:1',
    ]);
    expect(problems[4]?.snippet).to.equal('configcrates: [nope]');
  });

  it('is not stopped by hostile files', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((name, i) => `${name}: &${name} [${`*${'abcdefghij'[i]},`.repeat(9)}]`).join('\n')}\n`;
    expect(told({ 'roles/base.vgo': bomb }).length).to.be.greaterThan(0);
    expect(told({ 'roles/base.vgo': '['.repeat(200_000) }).length).to.be.greaterThan(0);
    expect(told({ 'roles/base.vgo': `role: ${'x'.repeat(2_000_000)}` }).at(-1)).to.include('at most 1048576 are read');
    const latin1 = new Map([...tree(GOOD), ['roles/base.vgo', Buffer.from([0x72, 0xff, 0x0a])]]);
    expect(checkStacks(latin1, RESOURCE_TYPES).problems.map(({ message }) => message)).to.include('it is not UTF-8');
    const chain = Array.from(
      { length: 3_000 },
      (_, i) => `name: r${i}\ntype: directory\ntarget_path: /d${i}\ndepends_on: [r${(i + 1) % 3_000}]`,
    );
    expect(told(crate(...chain)).filter((problem) => problem.includes('depends on itself'))).to.have.length(1);
  });

  it('needs rules', () => {
    const files = new Map([...tree(GOOD)].filter(([path]) => path !== 'envoys.vgo'));
    expect(checkStacks(files, RESOURCE_TYPES).problems[0]).to.include({ file: 'envoys.vgo', line: 0 });
  });
});

// The house's import rules: see "Who may import whom" in docs/architecture.md.
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: [from, ...allowed].map((folder) => `^src/${folder}/`) },
});

/** Packages whose code goes into the program: few, and known by name. */
const BUNDLED = [
  ...['@bufbuild/protobuf', '@connectrpc/connect', '@connectrpc/connect-node', '@oclif/core', '@peculiar/x509'],
  ...['@octokit/webhooks-methods', 'cli-table3', 'diff', 'kysely', 'liquidjs', 'openid-client', 'ora', 'picomatch'],
  ...['pino', 'prom-client', 'reflect-metadata', 'standardwebhooks', 'tar', 'write-file-atomic', 'yaml', 'zod'],
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only('fleet-is-pure', 'fleet', [], 'the domain depends on nothing'),
    {
      name: 'fleet-does-no-io',
      severity: 'error',
      from: { path: '^src/fleet/' },
      to: { dependencyTypes: ['core'] },
    },
    only('platform-is-ground', 'platform', ['fleet']),
    only('pki', 'pki', ['fleet', 'platform']),
    only('license', 'license', ['fleet', 'platform', 'pki']),
    only('rpc', 'rpc', ['fleet', 'platform', 'pki', 'gen']),
    only('resources', 'resources', ['fleet']),
    only('stacks', 'stacks', ['fleet', 'platform', 'resources']),
    only('agent', 'agent', ['fleet', 'platform', 'pki', 'rpc', 'resources', 'gen']),
    only('demo', 'demo', ['fleet', 'platform']),
    only('cli', 'cli', ['fleet', 'platform', 'pki', 'rpc', 'stacks', 'gen', 'backup']),
    only('server', 'server', ['fleet', 'platform', 'pki', 'license', 'rpc', 'resources', 'stacks', 'gen']),
    {
      name: 'backup',
      comment: 'of the server it knows what lies on disk, and nothing that runs',
      severity: 'error',
      from: { path: '^src/backup/' },
      to: {
        path: '^src/',
        pathNot: '^src/(backup|fleet|platform|pki|stacks|server/(config|store|live))/',
      },
    },
    only('gen-is-generated', 'gen', []),
    {
      name: 'hub-and-spoke-meet-only-in-proto',
      severity: 'error',
      from: { path: '^src/server/(hub|spoke)/' },
      to: { path: '^src/server/(hub|spoke)/', pathNot: '^src/server/$1/' },
    },
    {
      name: 'only-serve-wires',
      comment: 'adapters are put together in the composition root alone',
      severity: 'error',
      from: { path: '^src/server/(hub|spoke|store|platform|live)/' },
      to: { path: '^src/server/(serve|roles/.*)\\.ts$' },
    },
    {
      name: 'tracing-only-when-asked',
      comment: 'its one door loads it; whoever is not traced pays nothing',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/server/platform/tracing/(?!tracing-if-asked)' },
      to: {
        path: '^src/server/platform/tracing/(?!tracing-if-asked)',
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'store-platform-and-live-know-no-role',
      severity: 'error',
      from: { path: '^src/server/(store|platform|live)/' },
      to: { path: '^src/server/(hub|spoke|web)/' },
    },
    {
      name: 'web-meets-the-rest-in-proto',
      comment: 'a browser runs it: from the program it takes the generated code alone',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(src|test|bench|scripts)/', pathNot: '^src/gen/' },
    },
    {
      name: 'nothing-needs-the-web-ui',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^web/' },
    },
    {
      name: 'pure-helpers-of-the-web-ui',
      comment: 'run by tests without a browser',
      severity: 'error',
      from: { path: '^web/src/lib/' },
      to: { path: '^web/src/', pathNot: '^web/src/lib/' },
    },
    {
      name: 'sources-do-not-need-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'packages-of-the-program-only',
      comment: 'what src/ imports is bundled into the program, so all of it is a development dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: 'node_modules/',
        pathNot: `node_modules/(${BUNDLED.join('|')})/`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'packages-are-named',
      severity: 'error',
      from: { path: '^(src|web/src)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};

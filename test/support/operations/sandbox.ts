/**
 * Follows blocks of the page: each on the machine that it names, as it stands there but for paths, host names, and what a person
 * copies from one place to another.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CODE_CACHE } from '../built-product.ts';
import { type ServerPorts, serverYaml } from '../fleet-config.ts';
import { type CliResult, jsonOf, type Processes } from '../processes.ts';
import { openDesk } from './desk.ts';
import { editYaml } from './edit-yaml.ts';
import { createMachines, type Machine, type Machines } from './machines.ts';
import { type Block, promisesOf } from './page.ts';
import { runBash } from './run-bash.ts';
import { writeTools } from './tools.ts';
import { createUnits, type Units } from './units.ts';

export interface SandboxOptions {
  readonly processes: Processes;
  readonly names: readonly string[];
  readonly addresses: ReadonlyMap<string, ServerPorts>;
  /** Waits for what the page says is to be waited for; throws if it does not know what that is. */
  readonly goOn: (when: string) => Promise<void>;
  /** What people do when a block has printed something, before they go on with the page. */
  readonly inBetween: (machine: Machine, printed: string) => Promise<void>;
}

export interface Sandbox {
  readonly machines: Machines;
  readonly units: Units;
  /** Of a program on this machine. */
  env(machine: Machine): NodeJS.ProcessEnv;
  run(block: Block): Promise<void>;
  cli(machine: Machine, args: readonly string[]): Promise<CliResult>;
  /** With `--json`; must exit with 0. */
  json<T>(machine: Machine, args: readonly string[]): Promise<T>;
  /** Packages that npm was told to install, and servers that came up, in their order: "npm vigocli-new.tgz on …", "vigo-hub on …". */
  readonly history: readonly string[];
  close(): Promise<void>;
}

const OTHERS = ', then on every other spoke';

export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { processes, addresses } = options;
  const { dir } = processes;
  const machines = createMachines(dir, options.names, addresses);
  const vendorKey = { VIGO_LICENSE_VENDOR_KEY: join(dir, 'vendor/vendor.pub') };
  const read = (path: string) => readFile(path, 'utf8').catch(() => undefined);
  const units = createUnits({ processes, env: vendorKey, read });
  const history: string[] = [];
  const socketFile = join(dir, 'desk.sock');
  const desk = await openDesk(socketFile, async (name, tool, args) => {
    const machine = machines.all.find((each) => each.name === name) as Machine;
    if (tool === 'npm') {
      const file = args.at(-1) ?? '';
      if ((await read(file)) === undefined) throw new Error(`npm: there is no ${file}`);
      history.push(`npm ${file.slice(dirname(file).length + 1)} on ${name}`);
      return '';
    }
    const printed = await units.systemctl(machine, args);
    history.push(`systemctl ${args.join(' ')} on ${name}`);
    return printed;
  });
  const bins = new Map<string, string>();
  for (const machine of machines.all) bins.set(machine.name, await writeTools(dir, machine, socketFile));
  /** The last token that was printed, by its prefix. */
  const tokens = new Map<string, string>();

  const env = (machine: Machine) => ({
    ...vendorKey,
    PATH: `${bins.get(machine.name)}:${process.env.PATH}`,
    HOME: machine.path('/root'),
    XDG_CACHE_HOME: CODE_CACHE,
    VIGO_DATA_DIR: machine.path('/srv/vigo'),
  });
  const cli = (machine: Machine, args: readonly string[]) => processes.cli(args, { env: env(machine) });

  const runShell = async (block: Block, machine: Machine, text: string): Promise<void> => {
    const typed = text.replace(/\b(vigo[je]_)\.\.\./g, (whole, prefix) => tokens.get(prefix) ?? whole);
    const script = machines.place(typed, machine);
    const printed = await runBash(script, env(machine), machine.path('/root'));
    for (const [token, prefix = ''] of printed.matchAll(/^(vigo[je]_)\S+$/gm)) tokens.set(prefix, token);
    const { prints, goOn } = promisesOf(block);
    const missing = prints.filter((what) => !printed.includes(what));
    if (missing.length > 0) throw new Error(`line ${block.line} says that "${missing}" is printed:\n${printed}`);
    await options.inBetween(machine, printed);
    for (const when of goOn) await options.goOn(when);
  };

  /** The same on another spoke. */
  const onOthers = async (block: Block, first: Machine): Promise<void> => {
    const others = machines.all.filter((each) => each !== first && units.process(each, 'vigo-spoke'));
    for (const other of others) {
      const number = /\d+/.exec(other.name)?.[0];
      const text = block.where.endsWith('its id instead of dc1')
        ? block.text.replaceAll('dc1', `dc${number}`)
        : block.text;
      await runShell(block, other, text);
    }
  };

  const edit = async ({ where, text }: Block): Promise<void> => {
    const [, file = '', name = ''] = /^in (\S+) on (\S+)$/.exec(where) ?? [];
    const machine = machines.named(name);
    const ports = addresses.get(name) as ServerPorts;
    const path = machine.path(file);
    const before = (await read(path)) ?? serverYaml({ dataDir: '.', ports });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, editYaml(before, machines.place(text, machine)));
  };

  return {
    ...{ machines, units, env, history, cli },
    async json<T>(machine: Machine, args: readonly string[]) {
      const result = await cli(machine, [...args, '--json']);
      if (result.code !== 0) throw new Error(`vigocli ${args.join(' ')}: exit ${result.code}: ${result.stdout}`);
      return jsonOf<T>(result);
    },
    async run(block) {
      if (block.language === 'yaml') return edit(block);
      const [, name] = /^on ([\w.-]+)/.exec(block.where) ?? [];
      if (block.language !== 'sh' || !name) throw new Error(`line ${block.line}: it is not said where this is done`);
      const machine = machines.named(name);
      await runShell(block, machine, block.text);
      if (block.where.includes(OTHERS)) await onOthers(block, machine);
    },
    close: () => desk.close(),
  };
}

/**
 * Everything that a run will do, decided before it begins: a pure function of seed, steps and agents. What is broken is
 * mended some steps later, and only so much is broken at a time that there is a fleet left to watch.
 */
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';
import { CRASH_POINTS, LINKS, SERVERS, type ServerName, SPOKES, type Step } from './step.ts';

export interface PlannedStep {
  /** From 1. */
  readonly number: number;
  readonly step: Step;
  /** Time until the next one, milliseconds. */
  readonly pauseMs: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly steps: number;
  readonly agents: number;
}

/** Something that is broken, and the step that mends it. */
interface Broken {
  /** What it is about, such as "server dc1". */
  readonly key: string;
  readonly mend: Step;
  /** Number of the step. */
  readonly due: number;
}

const MAX_BROKEN = 5;
const MAX_SERVERS_BROKEN = 2;
const PAUSE_MS = [200, 1_100] as const;

export function planSteps({ seed, steps, agents }: PlanOptions): PlannedStep[] {
  const random = createSeededRandom(seed);
  const broken: Broken[] = [];
  return Array.from({ length: steps }, (_, i) => {
    const number = i + 1;
    const due = broken.findIndex((one) => one.due <= number);
    const [mended] = due >= 0 ? broken.splice(due, 1) : [];
    const step = mended?.mend ?? breakOrOrder(random, broken, number, agents);
    return { number, step, pauseMs: random.int(...PAUSE_MS) };
  });
}

function breakOrOrder(random: SeededRandom, broken: Broken[], number: number, agents: number): Step {
  const keys = new Set(broken.map(({ key }) => key));
  const hubIsThere = !keys.has('server hub');
  const faults = broken.length < MAX_BROKEN ? 3 : 0;
  const orders = hubIsThere ? 2 : 0;
  const what = random.weighted([
    [faults, 'fault'],
    [orders, 'order'],
    [0.5, 'jolt'],
  ]);
  if (what === 'order') return order(random, broken, keys, number);
  const fault = what === 'fault' ? breakOne(random, broken, keys, number, agents) : undefined;
  return fault ?? jolt(random, keys, agents);
}

/** Breaks something that stays broken for a while; undefined if what chance has chosen is broken already. */
function breakOne(
  random: SeededRandom,
  broken: Broken[],
  keys: ReadonlySet<string>,
  number: number,
  agents: number,
): Step | undefined {
  const until = (key: string, step: Step, mend: Step, [min, max]: readonly [number, number]): Step | undefined => {
    if (keys.has(key)) return undefined;
    broken.push({ key, mend, due: number + random.int(min, max) });
    return step;
  };
  const server = random.pick(SERVERS);
  const serverIsWhole = [...keys].filter((key) => key.startsWith('server ')).length < MAX_SERVERS_BROKEN;
  const kind = random.weighted([
    [serverIsWhole ? 4 : 0, 'kill'],
    [serverIsWhole ? 3 : 0, 'pause'],
    [serverIsWhole ? 2 : 0, 'fill-disk'],
    [serverIsWhole ? 3 : 0, 'crash'],
    [6, 'link'],
    [3, 'agents'],
  ]);
  switch (kind) {
    case 'kill':
      return until(`server ${server}`, { kind: 'kill', server }, { kind: 'start', server }, [1, 6]);
    case 'pause':
      return until(`server ${server}`, { kind: 'pause', server }, { kind: 'resume', server }, [1, 6]);
    case 'fill-disk':
      return until(`server ${server}`, { kind: 'fill-disk', server }, { kind: 'free-disk', server }, [2, 6]);
    case 'crash': {
      const crash: Step = { kind: 'crash', point: random.pick(CRASH_POINTS), ...someMove(random) };
      return until('server hub', crash, { kind: 'start', server: 'hub' }, [2, 4]);
    }
    case 'link': {
      const link = random.pick(LINKS);
      const mode = random.pick(['refuse', 'black-hole', 'delay'] as const);
      const step: Step =
        mode === 'delay' ? { kind: mode, link, delayMs: random.int(300, 1_500) } : { kind: mode, link };
      return until(`link ${link}`, step, { kind: 'mend', link }, [2, 8]);
    }
    case 'agents': {
      const stop = random.pick(['kill-agents', 'pause-agents'] as const);
      const group = { agents: someAgents(random, agents) };
      const back = stop === 'kill-agents' ? 'start-agents' : 'resume-agents';
      return until('agents', { kind: stop, ...group }, { kind: back, ...group }, [1, 6]);
    }
  }
}

/** Something that is over at once. */
function jolt(random: SeededRandom, keys: ReadonlySet<string>, agents: number): Step {
  const whole = SERVERS.filter((server) => !keys.has(`server ${server}`));
  const kind = random.pick(['restart', 'reset', 'restart-agents'] as const);
  if (kind === 'restart' && whole.length > 0) return { kind, server: random.pick<ServerName>(whole) };
  if (kind === 'restart-agents' && !keys.has('agents')) return { kind, agents: someAgents(random, agents) };
  return { kind: 'reset', link: random.pick(LINKS) };
}

function order(random: SeededRandom, broken: Broken[], keys: ReadonlySet<string>, number: number): Step {
  const maxRate = random.pick([0, 0, 0, 3, 10]);
  const kind = random.weighted([
    [4, 'publish'],
    [6, 'reassign'],
    [keys.has('drain') ? 0 : 4, 'drain'],
    [3, 'rebalance'],
    [1.5, 'cancel'],
  ]);
  switch (kind) {
    case 'publish':
      return { kind, text: `step ${number}` };
    case 'reassign':
      return { kind, ...someMove(random), maxRate };
    case 'drain': {
      const from = random.pick(SPOKES);
      const others = SPOKES.filter((spoke) => spoke !== from);
      broken.push({ key: 'drain', mend: { kind: 'uncordon', spoke: from }, due: number + random.int(4, 10) });
      return { kind, from, to: random.pick(['', ...others] as const), maxRate };
    }
    case 'rebalance':
      return { kind, maxRate };
    case 'cancel':
      return { kind };
  }
}

const GLOBS = ['*', '*', '*.dc1.*', '*.dc2.*', '*.dc3.*', 'web[1-5].*', 'web{6,7,8}.*', 'web1*.*'];

const someMove = (random: SeededRandom) => ({ hostname: random.pick(GLOBS), to: random.pick(SPOKES) });

const someAgents = (random: SeededRandom, agents: number): number[] =>
  random.some(
    Array.from({ length: agents }, (_, i) => i),
    random.int(1, Math.max(1, Math.floor(agents / 4))),
  );

/**
 * Reads Prometheus' text format (0.0.4), strictly: what a scraper might forgive is an error here, with the line.
 *
 * Checked: every metric has HELP and TYPE, once, before its samples, which stand together; names and label names; escapes
 * in help texts and label values; numbers; no line twice; buckets of a histogram ascend, end with "+Inf", never count less than the
 * one before, and agree with `_count`; counters are not negative and end with "_total".
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/i;
const TYPES = ['counter', 'gauge', 'histogram'];

/** By name, in order. Throws with the number of the line and what is wrong with it. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const reading: Reading = { families: new Map(), help: undefined, current: undefined };
  for (const [i, line] of text.slice(0, -1).split('\n').entries()) {
    const refuse = (why: string): never => {
      throw new Error(`line ${i + 1}: ${why}: ${line}`);
    };
    if (line.startsWith('# HELP ')) readHelp(reading, line.slice('# HELP '.length), refuse);
    else if (line.startsWith('# TYPE ')) readType(reading, line.slice('# TYPE '.length), refuse);
    else if (line.startsWith('#')) refuse('a comment');
    else if (line !== '') readSample(reading, line, refuse);
  }
  if (reading.help) throw new Error(`${reading.help.name} has a HELP but no TYPE`);
  for (const family of reading.families.values()) checkFamily(family);
  return reading.families;
}

interface Reading {
  readonly families: Map<string, Family>;
  /** A HELP whose TYPE has still to come. */
  help: { readonly name: string; readonly text: string } | undefined;
  current: Family | undefined;
}

type Refuse = (why: string) => never;

function readHelp(reading: Reading, line: string, refuse: Refuse): void {
  const [name, text] = splitOnce(line);
  if (reading.help) refuse(`${reading.help.name} has a HELP but no TYPE`);
  if (reading.families.has(name)) refuse('a second HELP');
  if (!isWhole(NAME, name)) refuse('not a name');
  if (text.trim() === '') refuse('says nothing');
  reading.help = { name, text: unescaped(text, 'n\\', refuse) };
}

function readType(reading: Reading, line: string, refuse: Refuse): void {
  const [name, type] = splitOnce(line);
  const { help } = reading;
  if (help === undefined || help.name !== name) refuse('TYPE without its HELP before it');
  if (!TYPES.includes(type)) refuse('unknown type');
  reading.current = { name, type: type as Family['type'], help: help.text, samples: [] };
  reading.families.set(name, reading.current);
  reading.help = undefined;
}

function readSample({ help, current }: Reading, line: string, refuse: Refuse): void {
  const sample = parseSample(line, refuse);
  if (help || !current || !belongs(sample, current)) refuse('a sample away from its HELP and TYPE');
  current.samples.push(sample);
}

/** Labels and their values in one order, for comparison. */
export function labelsKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function parseSample(line: string, refuse: Refuse): Sample {
  const name = NAME.exec(line)?.[0] ?? refuse('no name');
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    for (;;) {
      const label = LABEL_NAME.exec(rest)?.[0] ?? refuse('no label name');
      if (Object.hasOwn(labels, label)) refuse(`label ${label} twice`);
      const value = /^="((?:[^"\\]|\\.)*)"/.exec(rest.slice(label.length)) ?? refuse(`no value of ${label}`);
      labels[label] = unescaped(value[1] ?? '', 'n\\"', refuse);
      rest = rest.slice(label.length + value[0].length);
      if (rest.startsWith('}')) break;
      if (!rest.startsWith(',')) refuse('labels do not end');
      rest = rest.slice(1);
    }
    rest = rest.slice(1);
  }
  if (!rest.startsWith(' ')) refuse('no value');
  const text = rest.slice(1);
  if (!NUMBER.test(text)) refuse('not a number');
  return { name, labels, value: Number(text.replace(/Inf/i, 'Infinity')) };
}

function unescaped(text: string, known: string, refuse: Refuse): string {
  return text.replaceAll(/\\(.?)/g, (_, letter: string) => {
    if (letter === '' || !known.includes(letter)) refuse('unknown escape');
    return letter === 'n' ? '\n' : letter;
  });
}

function belongs({ name, labels }: Sample, family: Family): boolean {
  if (family.type !== 'histogram') return name === family.name && !('le' in labels);
  if (name === `${family.name}_bucket`) return 'le' in labels;
  return (name === `${family.name}_sum` || name === `${family.name}_count`) && !('le' in labels);
}

function checkFamily({ name, type, samples }: Family): void {
  const seen = new Set<string>();
  for (const { name: line, labels, value } of samples) {
    const key = line + labelsKey(labels);
    if (seen.has(key)) throw new Error(`${key} twice`);
    seen.add(key);
    if (type !== 'gauge' && !(value >= 0)) throw new Error(`${key} is ${value}`);
  }
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`counter ${name} does not end with _total`);
  if (type !== 'counter' && name.endsWith('_total')) throw new Error(`${type} ${name} ends with _total`);
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => labelsKey(labels));
  for (const [labels, lines] of groups) {
    const where = `${name}${labels}`;
    const buckets = lines.filter((line) => line.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le = '' } }) => Number(le.replace('Inf', 'Infinity')));
    if (bounds.some((bound, i) => Number.isNaN(bound) || (i > 0 && bound <= (bounds[i - 1] as number))))
      throw new Error(`buckets of ${where} do not ascend`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${where} has no bucket "+Inf"`);
    if (buckets.some(({ value }, i) => i > 0 && value < (buckets[i - 1] as Sample).value))
      throw new Error(`a bucket of ${where} counts less than the one below it`);
    const one = (suffix: string) => {
      const found = lines.filter((line) => line.name === `${name}_${suffix}`);
      if (found.length !== 1) throw new Error(`${where} has ${found.length} lines _${suffix}`);
      return found[0] as Sample;
    };
    one('sum');
    if (one('count').value !== buckets.at(-1)?.value) throw new Error(`_count of ${where} is not its last bucket`);
  }
}

const isWhole = (pattern: RegExp, text: string): boolean => pattern.exec(text)?.[0] === text;

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(' ');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

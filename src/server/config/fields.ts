/** The kinds of values in server.yaml, each with an error that says what was expected. */
import { z } from 'zod';
import { messageOf } from '../../fleet/errors.ts';
import { normalizeHostname } from '../../fleet/hostname.ts';
import { compilePattern } from '../../fleet/patterns.ts';
import { parseHostPort, parseListenAddress } from '../../rpc/host-port.ts';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const UNIT_BYTES: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A map with exactly these keys. The parts decide what is optional. */
export function section<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `unknown key; known here: ${known}` : `expected a map with ${known}`,
  });
}

/** A section that may be left out as a whole: then every key of it has its default. */
export function optionalSection<T extends z.ZodRawShape>(shape: T) {
  const schema = section(shape);
  return schema.prefault({} as z.input<typeof schema>);
}

export const text = (expected: string) => z.string({ error: expectedValue(expected) }).min(1, `expected ${expected}`);

export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: expectedValue(values.length === 1 ? values[0] : `one of ${values.join(', ')}`) });

export const yesNo = z.boolean({ error: expectedValue('true or false') });

export function listOf<T extends z.ZodType>(item: T, expected: string) {
  // A file names a few dozen spokes; the bound keeps a broken one from being believed.
  return z
    .array(item, { error: expectedValue(`a list of ${expected}`) })
    .max(10_000, 'expected at most 10,000 entries');
}

export function wholeNumber(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`;
  return z
    .int({ error: expectedValue(expected) })
    .min(min, `expected ${expected}`)
    .max(max, `expected ${expected}`);
}

export function fraction() {
  const expected = 'a number above 0 and at most 1';
  return z
    .number({ error: expectedValue(expected) })
    .gt(0, `expected ${expected}`)
    .max(1, `expected ${expected}`);
}

/** "250ms", "5s", "1.5m", "2h" → milliseconds. `min` and `max` are written the same way. */
export function duration(min: string, max: string) {
  const expected = `a duration from ${min} to ${max}, such as ${JSON.stringify(min)}: a number with ms, s, m or h`;
  return z.string({ error: expectedValue(expected) }).transform((value, context) => {
    const ms = parseDuration(value);
    if (ms !== undefined && ms >= (parseDuration(min) ?? 0) && ms <= (parseDuration(max) ?? 0)) return ms;
    context.addIssue({ code: 'custom', message: `expected ${expected}`, input: value });
    return z.NEVER;
  });
}

function parseDuration(value: string): number | undefined {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(value) ?? [];
  return number === undefined || unit === undefined ? undefined : Math.round(Number(number) * (UNIT_MS[unit] ?? 0));
}

/** "64KiB", "512MiB", "1GiB" → bytes. `min` and `max` are written the same way. */
export function dataSize(min: string, max: string) {
  const expected = `a size from ${min} to ${max}, such as ${JSON.stringify(max)}: a whole number with KiB, MiB or GiB`;
  return z.string({ error: expectedValue(expected) }).transform((value, context) => {
    const bytes = parseDataSize(value);
    if (bytes !== undefined && bytes >= (parseDataSize(min) ?? 0) && bytes <= (parseDataSize(max) ?? 0)) return bytes;
    context.addIssue({ code: 'custom', message: `expected ${expected}`, input: value });
    return z.NEVER;
  });
}

function parseDataSize(value: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(KiB|MiB|GiB)$/.exec(value) ?? [];
  return number === undefined || unit === undefined ? undefined : Number(number) * (UNIT_BYTES[unit] ?? 0);
}

/** Text that is good if `isGood` says so. */
export const checked = (expected: string, isGood: (value: string) => boolean) =>
  text(expected).refine(isGood, { error: `expected ${expected}` });

/** An address of a service, without query and fragment. */
export const httpsUrl = () =>
  checked('an https:// URL without query, such as "https://idp.example.com"', (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    return url?.protocol === 'https:' && !/[?#]/.test(value) && url.username === '' && url.password === '';
  });

/** What is asked of an identity provider. */
export const scopeNames = () => {
  const expected = 'a list of scopes without spaces that contains "openid"';
  return listOf(
    checked('a scope without spaces', (value) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)),
    'scopes',
  ).refine((list) => list.includes('openid'), { error: `expected ${expected}` });
};

/** An address that others dial. */
export const hostPort = () =>
  checked('host:port, such as "spoke1.example.com:1530"', (value) => !!parseHostPort(value));

/** An address to listen on. */
export const listenAddress = () =>
  checked('":port", "host:port" or "[IPv6]:port"; port 0 picks a free one', (value) => !!parseListenAddress(value));

/** Stands in certificates, log lines and URLs: one DNS label. */
export const spokeId = () =>
  checked('an id of at most 63 lower-case letters, digits and "-", not starting or ending with "-"', (value) =>
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
  );

/** Text that `parse` takes as it is; what `parse` throws is the message. */
const parsedBy = (expected: string, parse: (value: string) => unknown) =>
  text(expected).superRefine((value, context) => {
    try {
      parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error), input: value });
    }
  });

export const hostnamePattern = () => parsedBy('a host name pattern, such as "*.dc1.*"', compilePattern);
export const hostname = () => parsedBy('a host name', normalizeHostname);

function expectedValue(expected: string) {
  return (issue: { readonly input?: unknown }): string =>
    issue.input === undefined ? `is missing: expected ${expected}` : `expected ${expected}`;
}

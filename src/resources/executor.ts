/** A type of the operator's own: a program that is given JSON. */
import { optionalText, succeeded, textOf, timeoutOf } from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

/** One JSON object on its stdin, one on its stdout; an empty output is an empty object. */
async function ask(action: string, spec: Spec, host: ResourceHost): Promise<Record<string, unknown>> {
  const program = textOf(spec.program);
  const stdin = JSON.stringify({ action, root: host.root, input: spec.input ?? null });
  const result = await host.run(host.root === '/' ? program : `${host.root}${program}`, [], {
    stdin,
    ...timeoutOf(spec),
  });
  const { stdout } = succeeded(program, result);
  try {
    const answer: unknown = stdout.trim() === '' ? {} : JSON.parse(stdout);
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return { ...answer };
  } catch {
    // Falls through: whatever it said, it is not what was asked for.
  }
  throw new Error(`${program} did not answer with a JSON object: ${stdout.slice(0, 200)}`);
}

export const executor: ResourceType = {
  name: 'executor',
  summary: 'a program of your own that inspects and applies what it is given as JSON',
  attributes: {
    program: { kind: 'path', summary: 'the program on the envoy', required: true },
    input: { kind: 'json', summary: 'what it is given' },
    timeout: { kind: 'number', summary: 'seconds after which it is killed; default 300' },
  },
  identify: (spec) => `${textOf(spec.program)} ${JSON.stringify(spec.input ?? null)}`,
  async inspect(spec, host) {
    const { ok, summary } = await ask('inspect', spec, host);
    if (typeof ok !== 'boolean') throw new Error(`${textOf(spec.program)} did not answer with "ok": true or false`);
    return ok ? undefined : (optionalText(summary) ?? 'it says so');
  },
  async apply(spec, host) {
    await ask('apply', spec, host);
  },
  async trigger(spec, host) {
    const { message } = await ask('trigger', spec, host);
    return optionalText(message) ?? 'its program was run';
  },
};

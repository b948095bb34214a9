/** An envoy by what an operator calls it. */
import { VigoError } from '../../fleet/errors.ts';
import type { Directory, Placement } from './directory.ts';

/** By id or host name, in any case; undefined for an envoy that is not enrolled. */
export function lookUpEnvoy(directory: Directory, name: string): Placement | undefined {
  const byId = directory.get(name.toLowerCase());
  return byId && !byId.enrolling ? byId : directory.byHostname(name.toLowerCase());
}

/** Throws ENVOY_NOT_FOUND. */
export function findEnvoy(directory: Directory, name: string): Placement {
  return lookUpEnvoy(directory, name) ?? throwNotFound(name);
}

export function throwNotFound(name: string): never {
  throw new VigoError('ENVOY_NOT_FOUND', `no envoy ${JSON.stringify(name)}: see \`vigocli envoys list\``);
}

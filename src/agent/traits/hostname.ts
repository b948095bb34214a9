/** `hostname`: the name under which the machine is enrolled; `systemHostname`: the one that it gives itself. */
import { hostname as systemHostname } from 'node:os';
import type { TraitCollector } from './trait-collector.ts';

export function createHostnameCollector(enrolledAs: string): TraitCollector {
  return { name: 'hostname', collect: () => ({ hostname: enrolledAs, systemHostname: systemHostname() }) };
}

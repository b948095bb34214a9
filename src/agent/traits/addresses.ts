/** `addresses`: IP addresses by interface, loopback left out. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { TraitCollector } from './trait-collector.ts';

// A container host may have thousands; the traits must stay small.
const MAX_INTERFACES = 64;
const MAX_ADDRESSES = 32;
// One end of a container's cable: comes and goes with the container.
const FLEETING = /^(?:veth|cali|lxc)/;

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

export function createAddressesCollector(read: () => Interfaces = networkInterfaces): TraitCollector {
  return {
    name: 'addresses',
    collect() {
      const addresses: Record<string, string[]> = {};
      const interfaces = read();
      const names = Object.keys(interfaces).filter((name) => !FLEETING.test(name));
      for (const name of names.sort()) {
        if (Object.keys(addresses).length >= MAX_INTERFACES) break;
        const found = (interfaces[name] ?? []).filter((info) => !info.internal).map((info) => info.address);
        if (found.length > 0) addresses[name] = [...new Set(found)].sort().slice(0, MAX_ADDRESSES);
      }
      return { addresses };
    },
  };
}

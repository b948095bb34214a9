/** Picks the MAC address that stands for a machine: the same one at every start, whatever order interfaces come in. */
import type { NetworkInterfaceInfo } from 'node:os';

export type NetworkInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Made by container engines, hypervisors and VPNs: they come and go, often with a new address each time. */
const VIRTUAL = /^(docker|veth|br-|virbr|tun|tap|ifb|wg|cni|flannel)/;
const NO_MAC = '00:00:00:00:00:00';

/**
 * The MAC of the interface with the default route, else of the first by name; virtual ones only when there is nothing
 * else. `routes` is the text of /proc/net/route. `undefined` when no interface has a MAC.
 */
export function primaryMac(interfaces: NetworkInterfaces, routes: string | undefined): string | undefined {
  const macs = new Map<string, string>();
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    const mac = addresses.find((address) => !address.internal && address.mac && address.mac !== NO_MAC)?.mac;
    if (mac) macs.set(name, mac.toLowerCase());
  }
  const names = [...macs.keys()].sort();
  const physical = names.filter((name) => !VIRTUAL.test(name));
  const candidates = physical.length > 0 ? physical : names;
  const preferred = defaultRouteInterfaces(routes ?? '').find((name) => candidates.includes(name));
  return macs.get(preferred ?? candidates[0] ?? '');
}

/** Names of the interfaces with an IPv4 default route, lowest metric first. */
function defaultRouteInterfaces(routes: string): string[] {
  // Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask …; numbers in hex except Metric.
  return routes
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
    .map((columns) => ({ name: columns[0] ?? '', metric: Number(columns[6]) }))
    .sort((a, b) => a.metric - b.metric || (a.name < b.name ? -1 : 1))
    .map((route) => route.name);
}

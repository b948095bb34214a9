/** Rows of an envoy list, packed into the protocol's columns and unpacked again. */
import { create } from '@bufbuild/protobuf';
import { type EnvoyTable, EnvoyTableSchema } from '../gen/vigo/v1/types_pb.js';

/** One row; `status` and `drift` are the protocol's numbers, so that a hub passes them on without looking. */
export interface EnvoyTableRow {
  readonly id: string;
  readonly hostname: string;
  readonly spoke: string;
  readonly epoch: number;
  readonly status: number;
  readonly drift: number;
  readonly reachable: boolean;
  readonly stale: boolean;
  /** Milliseconds since 1970 UTC; 0 if never. */
  readonly lastSeenAt: number;
  /** Milliseconds since 1970 UTC. */
  readonly enrolledAt: number;
  readonly configVersion: string;
}

/** Bit of EnvoyTable.flags. */
export const REACHABLE = 1;
const STALE = 2;

export interface EnvoyTableBuilder {
  readonly length: number;
  add(row: EnvoyTableRow): void;
  /** The table so far; the builder is empty afterwards. */
  take(): EnvoyTable;
}

/** A dictionary of the few different texts of a column. */
function createDictionary(texts: string[]): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    let index = known.get(text);
    if (index === undefined) {
      index = texts.push(text) - 1;
      known.set(text, index);
    }
    return index;
  };
}

/** `lean`: without the columns that a hub can tell by itself, see `known_envoys` in spoke.proto. */
export function createEnvoyTableBuilder({ lean = false } = {}): EnvoyTableBuilder {
  let table = create(EnvoyTableSchema);
  let spokeIndex = createDictionary(table.spokeIds);
  let configIndex = createDictionary(table.configVersions);
  return {
    get length() {
      return table.statuses.length;
    },
    add(row) {
      if (!lean) {
        table.ids.push(row.id);
        table.hostnames.push(row.hostname);
        table.spokes.push(spokeIndex(row.spoke));
        table.epochs.push(row.epoch);
        table.enrolledAtMs.push(row.enrolledAt);
      }
      table.statuses.push(row.status);
      table.drifts.push(row.drift);
      table.flags.push((row.reachable ? REACHABLE : 0) | (row.stale ? STALE : 0));
      table.lastSeenAtMs.push(row.lastSeenAt);
      table.configs.push(configIndex(row.configVersion));
    },
    take() {
      const full = table;
      table = create(EnvoyTableSchema);
      spokeIndex = createDictionary(table.spokeIds);
      configIndex = createDictionary(table.configVersions);
      return full;
    },
  };
}

/** Row `i`. Columns that are shorter than `ids`, from a broken peer, read as empty. */
export function rowOf(table: EnvoyTable, i: number): EnvoyTableRow {
  const flags = table.flags[i] ?? 0;
  return {
    id: table.ids[i] ?? '',
    hostname: table.hostnames[i] ?? '',
    spoke: table.spokeIds[table.spokes[i] ?? 0] ?? '',
    epoch: table.epochs[i] ?? 0,
    status: table.statuses[i] ?? 0,
    drift: table.drifts[i] ?? 0,
    reachable: (flags & REACHABLE) !== 0,
    stale: (flags & STALE) !== 0,
    lastSeenAt: table.lastSeenAtMs[i] ?? 0,
    enrolledAt: table.enrolledAtMs[i] ?? 0,
    configVersion: table.configVersions[table.configs[i] ?? 0] ?? '',
  };
}

export function* rowsOf(table: EnvoyTable): Generator<EnvoyTableRow> {
  for (let i = 0; i < table.ids.length; i++) yield rowOf(table, i);
}

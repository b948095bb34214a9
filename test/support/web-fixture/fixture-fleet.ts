/**
 * A fleet that is only made up, of any size and always the same: for looking at the web UI, and for testing it, with more
 * envoys than real agents could be started, and in states that a real fleet rarely is in.
 */
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type ComplianceCounts, complianceOf, type FixtureEnvoy, makeEnvoys } from './fixture-envoys.ts';

export interface FixtureSpoke {
  readonly id: string;
  /** It does not answer. */
  readonly dead: boolean;
  /** It has not the newest configuration. */
  readonly behind: boolean;
  cordoned: boolean;
}

export interface FixtureFleet {
  /** Milliseconds since 1970 UTC: when it was made. */
  readonly madeAt: number;
  readonly spokes: readonly FixtureSpoke[];
  /** By host name. */
  envoys: FixtureEnvoy[];
  /** Of a spoke, or of all. */
  readonly compliance: (spoke?: string) => ComplianceCounts;
  /** So many milliseconds before it was made. */
  readonly ago: (ms: number) => Timestamp;
}

export interface FixtureFleetOptions {
  readonly envoys: number;
  /** The last spoke does not answer, and the last but one lags behind. */
  readonly trouble: boolean;
  readonly now: number;
}

const MOST_SPOKES = 10;

export function createFixtureFleet({ envoys: size, trouble, now }: FixtureFleetOptions): FixtureFleet {
  const spokeCount = size > 1000 ? MOST_SPOKES : 3;
  const spokes = Array.from({ length: spokeCount }, (_, i) => ({
    id: `dc${i + 1}`,
    dead: trouble && i === spokeCount - 1,
    behind: trouble && i === spokeCount - 2,
    cordoned: trouble && i === 1,
  }));
  const fleet: FixtureFleet = {
    madeAt: now,
    spokes,
    envoys: makeEnvoys(size, spokes, now),
    compliance: (spoke) =>
      complianceOf(spoke === undefined ? fleet.envoys : fleet.envoys.filter((each) => each.spoke === spoke)),
    ago: (ms) => timestampFromMs(now - ms),
  };
  return fleet;
}

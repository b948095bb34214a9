/** How many envoys are in each status, in the order in which they are always shown: good first, unknown last. */
import { type Compliance, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { statusWord } from './words.ts';

type Counts = Omit<Compliance, '$typeName' | '$unknown'>;

interface StatusPart {
  readonly status: EnvoyStatus;
  readonly word: string;
  readonly of: (compliance: Counts) => number;
}

const part = (status: EnvoyStatus, of: StatusPart['of']): StatusPart => ({ status, word: statusWord(status), of });

export const STATUS_PARTS: readonly StatusPart[] = [
  part(EnvoyStatus.CONVERGED, (counts) => counts.converged),
  part(EnvoyStatus.RELAPSED, (counts) => counts.relapsed),
  part(EnvoyStatus.DIVERGED, (counts) => counts.diverged),
  part(EnvoyStatus.DEGRADED, (counts) => counts.degraded),
  part(EnvoyStatus.FAILED, (counts) => counts.failed),
  part(EnvoyStatus.OFFLINE, (counts) => counts.offline),
  part(EnvoyStatus.NO_DATA, (counts) => counts.noData),
];

/** All envoys that it is about. */
export function totalOf(compliance: Counts | undefined): number {
  return compliance ? STATUS_PARTS.reduce((sum, { of }) => sum + of(compliance), 0) : 0;
}

/** "98 converged, 2 failed"; what a bar says to those who do not see it. */
export function complianceText(compliance: Counts | undefined): string {
  if (!compliance || totalOf(compliance) === 0) return 'no envoys';
  return STATUS_PARTS.filter(({ of }) => of(compliance) > 0)
    .map(({ of, word }) => `${of(compliance).toLocaleString('en-US')} ${word}`)
    .join(', ');
}

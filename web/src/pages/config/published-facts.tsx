/** The version that the fleet has. */
import type { ConfigVersion } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { bytes } from '../../lib/numbers.ts';
import { changesText } from '../../lib/version-text.ts';
import { Facts } from '../../ui/facts.tsx';
import { Time } from '../../ui/time.tsx';

export function PublishedFacts({ version }: { readonly version: ConfigVersion }) {
  return (
    <Facts
      facts={[
        ['Version', <span className="mono">{version.version}</span>],
        [
          'Published',
          <>
            <Time at={version.publishedAt} />
            {version.actor && ` by ${version.actor}`}
          </>,
        ],
        ['Message', version.message],
        ['Changes', changesText(version)],
        ['Size', bytes(version.size)],
        ['Number', version.number],
        ['Rollback', version.rollback && 'it came back by a rollback'],
      ]}
    />
  );
}

/** The figures that one looks at first. */
import { Link } from 'wouter';
import type { GetOverviewResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { count, percent } from '../../lib/numbers.ts';
import { shortVersion } from '../../lib/short-version.ts';
import { Figures } from '../../ui/figures.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

export function KeyFigures({ overview }: { readonly overview: GetOverviewResponse }) {
  const { envoys, envoysOnline, spokes, lastPublish, licensedEnvoys, licenseExpiresAt } = overview;
  const online = spokes.filter((spoke) => spoke.online).length;
  const behind = spokes.filter((spoke) => spoke.configBehind).length;
  return (
    <Figures
      figures={[
        {
          name: 'Envoys online',
          value: count(envoysOnline),
          note: `of ${count(envoys)} enrolled`,
        },
        {
          name: 'Spokes online',
          value: `${count(online)} of ${count(spokes.length)}`,
          note: (
            <StateLabel state={online === spokes.length ? 'healthy' : 'critical'}>
              {online === spokes.length ? 'all answer' : `${count(spokes.length - online)} offline`}
            </StateLabel>
          ),
        },
        {
          name: 'Last publish',
          value: lastPublish ? <Time at={lastPublish.publishedAt} /> : 'nothing yet',
          note: lastPublish && (
            <>
              <Link href="/config">
                <code>{shortVersion(lastPublish.version)}</code>
              </Link>{' '}
              {behind > 0 ? `${count(behind)} behind` : `by ${lastPublish.actor}`}
            </>
          ),
        },
        {
          name: 'License used',
          value: percent(envoys, licensedEnvoys) ?? '–',
          note: (
            <>
              of {count(licensedEnvoys)} envoys
              {licenseExpiresAt && (
                <>
                  , ends <Time at={licenseExpiresAt} />
                </>
              )}
            </>
          ),
        },
      ]}
    />
  );
}

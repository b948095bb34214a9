/** What the hub knows about a spoke. */
import type { Spoke } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { counted } from '../../lib/numbers.ts';
import { eligibilityWord, healthWord } from '../../lib/words.ts';
import { Facts } from '../../ui/facts.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

export function SpokeFacts({ spoke }: { readonly spoke: Spoke }) {
  const { load } = spoke;
  return (
    <Facts
      facts={[
        ['Health', <StateLabel state={healthWord(spoke.health)} />],
        ['Since', spoke.healthSince && <Time at={spoke.healthSince} />],
        ['Placement', <StateLabel state={eligibilityWord(spoke.eligibility)} />],
        ['Reason', spoke.reason],
        ['Address', spoke.addr && <span className="mono">{spoke.addr}</span>],
        ['Patterns', <span className="mono">{spoke.patterns.join(', ')}</span>],
        ['Last probe', <Time at={spoke.lastProbeAt} />],
        ['Last report', <Time at={spoke.lastReportAt} />],
        ['Reports to', spoke.hubAddress && <span className="mono">{spoke.hubAddress}</span>],
        ['Load', load && `${load.checkinsPerSecond.toFixed(1)} check-ins a second`],
        ['Refused', load && load.refusedPerSecond > 0 && `${load.refusedPerSecond.toFixed(1)} calls a second`],
        [
          'Config',
          spoke.configVersion && (
            <>
              <span className="mono">{spoke.configVersion}</span>{' '}
              <StateLabel state={spoke.configBehind ? 'behind' : 'current'} />
            </>
          ),
        ],
        [
          'To be told',
          spoke.pendingNotices > 0 && `${counted(spoke.pendingNotices, 'notice')}: releases and revocations`,
        ],
      ]}
    />
  );
}

/** Who moved envoys, why, and when. */
import type { Move } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { counted } from '../../lib/numbers.ts';
import { millis, took } from '../../lib/times.ts';
import { moveReasonWord } from '../../lib/words.ts';
import { Facts } from '../../ui/facts.tsx';
import { Time } from '../../ui/time.tsx';

export function MoveFacts({ move }: { readonly move: Move }) {
  const began = millis(move.startedAt);
  const ended = millis(move.endedAt);
  return (
    <Facts
      facts={[
        ['Id', <span className="mono">{move.id}</span>],
        ['Reason', moveReasonWord(move.reason)],
        ['By', move.actor],
        ['Comment', move.comment],
        ['Started', <Time at={move.startedAt} />],
        ['Ended', move.endedAt && <Time at={move.endedAt} />],
        ['Took', began !== null && ended !== null && took(ended - began)],
        [
          'Releases',
          move.releasesPending > 0 &&
            `${counted(move.releasesPending, 'release')} still to be given to the source: only then it redirects these agents`,
        ],
      ]}
    />
  );
}

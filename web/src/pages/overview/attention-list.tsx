/** What wants looking at, the worst first, each with the way to where it can be dealt with. */
import { Link } from 'wouter';
import type { Attention } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { attentionLink } from '../../lib/attention-link.ts';
import { lookOf } from '../../lib/tones.ts';
import { levelWord } from '../../lib/words.ts';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';

export function AttentionList({ attention }: { readonly attention: readonly Attention[] }) {
  return (
    <Card title="Needs attention first" note={attention.length > 0 ? attention.length : undefined} flush>
      {attention.length === 0 ? (
        <Empty icon="check" title="Nothing wants looking at">
          <p>Spokes answer, and all that was published has arrived.</p>
        </Empty>
      ) : (
        <ul className="attention">
          {attention.map((entry) => (
            <Entry key={`${entry.kind} ${entry.subject}`} entry={entry} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Entry({ entry }: { readonly entry: Attention }) {
  const level = levelWord(entry.level);
  const { tone, sign } = lookOf(level);
  const link = attentionLink(entry);
  const text = (
    <>
      <Icon name={sign} />
      <span className="attention-text">
        <span className="attention-level">{level}</span>
        {entry.message}
      </span>
    </>
  );
  return (
    <li className={`tone-${tone}`}>
      {link ? (
        <Link href={link} className="attention-entry">
          {text}
          <span className="attention-go">
            <Icon name="arrow" />
          </span>
        </Link>
      ) : (
        <div className="attention-entry">{text}</div>
      )}
    </li>
  );
}

/** A state in words with its sign and its colour; as a badge where it stands alone, plain in tables. */
import type { ReactNode } from 'react';
import { lookOf, type Tone } from '../lib/tones.ts';
import { Icon } from './icon.tsx';

export interface StateLabelProps {
  /** The word, as in lib/words.ts; decides how it looks. */
  readonly state: string;
  readonly badge?: boolean;
  /** Instead of the word. */
  readonly children?: ReactNode;
}

export function StateLabel({ state, badge = false, children }: StateLabelProps) {
  const { tone, sign } = lookOf(state);
  return (
    <span className={`${badge ? 'badge' : 'state'} ${toneClass(tone)}`}>
      <Icon name={sign} />
      {children ?? state}
    </span>
  );
}

export function toneClass(tone: Tone): string {
  return `tone-${tone}`;
}

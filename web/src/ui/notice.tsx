/** Something that should be known before the rest is read. */
import type { ReactNode } from 'react';
import { lookOf } from '../lib/tones.ts';
import { Icon } from './icon.tsx';
import { toneClass } from './state-label.tsx';

export interface NoticeProps {
  readonly level: 'notice' | 'warning' | 'critical' | 'done';
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function Notice({ level, title, children, action }: NoticeProps) {
  const { tone, sign } = lookOf(level);
  return (
    <div className={`notice ${toneClass(tone)}`} role={level === 'critical' ? 'alert' : 'status'}>
      <Icon name={sign} />
      <div>
        <p className="notice-title">{title}</p>
        {children}
      </div>
      {action}
    </div>
  );
}

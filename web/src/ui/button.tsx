/** Buttons. A busy one shows that something is under way and cannot be pressed again. */
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly small?: boolean;
  readonly icon?: IconName;
  readonly busy?: boolean;
  readonly children?: ReactNode;
}

export function buttonClass(look: NonNullable<ButtonProps['look']> = 'plain', small = false): string {
  return `button button-${look}${small ? ' button-small' : ''}`;
}

export function Button({ look, small, icon, busy = false, disabled, className, children, ...rest }: ButtonProps) {
  const onlyIcon = children === undefined ? ' button-icon' : '';
  return (
    <button
      type="button"
      {...rest}
      className={`${buttonClass(look, small)}${onlyIcon} ${className ?? ''}`.trimEnd()}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

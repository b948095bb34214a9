/** Chooses the theme: each press goes to the next of system, light and dark. */
import { Button } from '../ui/button.tsx';
import { type Theme, useTheme } from './theme.ts';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

export function ThemeSwitch() {
  const [theme, choose] = useTheme();
  return (
    <Button
      look="quiet"
      icon={theme}
      title={`Theme: ${theme}`}
      aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}`}
      onClick={() => choose(NEXT[theme])}
    />
  );
}

/** Light, dark, or as the system has it. What was chosen is kept; public/theme.js sets it before anything is painted. */
import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'vigo.theme';

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const chosen = document.documentElement.dataset.theme;
    return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
  });
  const choose = (next: Theme) => {
    setTheme(next);
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Storage may be forbidden: then it lasts as long as the page.
    }
  };
  return [theme, choose];
}

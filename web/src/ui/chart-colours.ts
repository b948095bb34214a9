/** Colours of the theme for a canvas, which knows no custom properties. */
import { useEffect, useState } from 'react';

/** Reads custom properties as they are where `element` stands. */
export function resolveColours(element: HTMLElement): (property: string) => string {
  return (property) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${property})`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

/** Another number whenever the theme changes, by the switch or by the system. */
export function useThemeChange(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const note = () => setChanges((before) => before + 1);
    const observer = new MutationObserver(note);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', note);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', note);
    };
  }, []);
  return changes;
}

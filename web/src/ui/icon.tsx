/** Small pictures drawn with one line, 16 by 16. They stand beside words and say nothing to screen readers. */

const PATHS = {
  alert: 'M8 2.5 14.2 13.5H1.8ZM8 6.5v3.2M8 11.6v.1',
  arrow: 'M2.5 8h11M9.5 4l4 4-4 4',
  check: 'M3 8.6 6.4 12 13 4.6',
  chevron: 'M4 6.2 8 10.2 12 6.2',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.2l2 1.3',
  close: 'M3.8 3.8 12.2 12.2M12.2 3.8 3.8 12.2',
  config: 'M5.5 2.5h5l3 3v8h-8M10.2 2.7v3h3M2.5 5.5v8h3M5 8.5l2 2-2 2M8.8 12.5h2',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  cross: 'M4 4l8 8M12 4l-8 8',
  dark: 'M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6Z',
  dashed:
    'M5 3.2 6.6 2.5M9.4 2.5 11 3.2M12.9 5.2l.6 1.6M13.5 9.4l-.7 1.6M11 12.8l-1.6.7M6.6 13.5 5 12.8M3.1 10.8l-.6-1.5M2.5 6.7l.7-1.6',
  dot: 'M8 10.2A2.2 2.2 0 1 0 8 5.8a2.2 2.2 0 0 0 0 4.4Z',
  down: 'M8 3v9.5M4.2 8.8 8 12.6l3.8-3.8',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.4v3.4M8 5.1v.1',
  drift: 'M1.8 6.2c2-2.4 4.1-2.4 6.2 0s4.2 2.4 6.2 0M1.8 10.8c2-2.4 4.1-2.4 6.2 0s4.2 2.4 6.2 0',
  envoys: 'M2.5 3h11v4h-11ZM2.5 9h11v4h-11ZM5 5v.1M5 11v.1',
  leave: 'M6.5 2.5h-4v11h4M6.5 8h7M10.7 5.2 13.5 8l-2.8 2.8',
  light:
    'M8 10.8A2.8 2.8 0 1 0 8 5.2a2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  lock: 'M3.5 7.5h9v6h-9ZM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  log: 'M3 3.5h10M3 8h10M3 12.5h6',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  moves: 'M2.5 5h9M8.5 2l3 3-3 3M13.5 11h-9M7.5 8l-3 3 3 3',
  overview: 'M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5v-7M13.5 13.5v-11',
  part: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8.8 5h4M8.8 8H14M8.8 11h4',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.5 8Z',
  plug: 'M6 2v3.5M10 2v3.5M4 5.5h8V8a4 4 0 0 1-8 0ZM8 12v2',
  repeat: 'M13 8a5 5 0 1 1-1.5-3.6L13.2 6M13.3 2.8V6h-3.2',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 13.7 13.7',
  settings:
    'M2 5h7M12.5 5H14M2 11h1.5M7 11h7M10.7 6.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM5.3 12.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4Z',
  spanner:
    'M8 8 3.8 3.8M8 8l4.2-4.2M8 8v4.5M8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM2.7 4.2a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6ZM13.3 4.2a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6ZM8 14.6a1.3 1.3 0 1 0 0-2.6 1.3 1.3 0 0 0 0 2.6Z',
  system: 'M2.5 3h11v7.5h-11ZM5.5 13.5h5M8 10.5v3',
  unplugged: 'M3 3l10 10M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  up: 'M8 13V3.5M4.2 7.2 8 3.4l3.8 3.8',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

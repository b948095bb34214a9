/** Each page's code, fetched when the page is first opened. */
export const PAGES = {
  overview: () => import('../pages/overview/overview.tsx'),
  envoys: () => import('../pages/envoys/envoys.tsx'),
  envoy: () => import('../pages/envoy/envoy.tsx'),
  run: () => import('../pages/run/run.tsx'),
  spanner: () => import('../pages/spanner/spanner.tsx'),
  spoke: () => import('../pages/spoke/spoke.tsx'),
  moves: () => import('../pages/moves/moves.tsx'),
  move: () => import('../pages/move/move.tsx'),
  config: () => import('../pages/config/config.tsx'),
  audit: () => import('../pages/audit/audit.tsx'),
  settings: () => import('../pages/settings/settings.tsx'),
} as const;

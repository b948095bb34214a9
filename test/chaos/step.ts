/** What is done to the fleet, one thing at a time: by an operator, by chance, by malice. */

export const SPOKES = ['dc1', 'dc2', 'dc3'] as const;
export type SpokeId = (typeof SPOKES)[number];
export const SERVERS = ['hub', ...SPOKES] as const;
export type ServerName = (typeof SERVERS)[number];

/** "dc1": how hub and agents reach this spoke. "hub": how agents reach the hub. "dc1-hub": how this spoke reaches the hub. */
export const LINKS = [...SPOKES, 'hub', 'dc1-hub', 'dc2-hub', 'dc3-hub'] as const;
export type LinkName = (typeof LINKS)[number];

/** The steps of a move and of a release; the hub dies before or after one of them. */
const DEADLY = [
  'moves.plan',
  'moves.beginAdoption',
  'spoke.adopt',
  'moves.commit',
  'spoke.release',
  'notices.delivered',
  'moves.end',
  'moves.giveUp',
] as const;
export const CRASH_POINTS = DEADLY.flatMap((step) => [`${step}:before`, `${step}:after`]);

export type Step =
  /** SIGKILL, SIGSTOP; SIGTERM and a new process. */
  | { readonly kind: 'kill' | 'pause' | 'restart'; readonly server: ServerName }
  | { readonly kind: 'start' | 'resume'; readonly server: ServerName }
  /** The hub dies by itself at this point of the next move, which is ordered at once. */
  | { readonly kind: 'crash'; readonly point: string; readonly hostname: string; readonly to: SpokeId }
  | { readonly kind: 'kill-agents' | 'pause-agents' | 'restart-agents'; readonly agents: readonly number[] }
  | { readonly kind: 'start-agents' | 'resume-agents'; readonly agents: readonly number[] }
  | { readonly kind: 'refuse' | 'black-hole' | 'reset'; readonly link: LinkName }
  | { readonly kind: 'delay'; readonly link: LinkName; readonly delayMs: number }
  | { readonly kind: 'mend'; readonly link: LinkName }
  | { readonly kind: 'fill-disk' | 'free-disk'; readonly server: ServerName }
  | { readonly kind: 'publish'; readonly text: string }
  | { readonly kind: 'reassign'; readonly hostname: string; readonly to: SpokeId; readonly maxRate: number }
  | { readonly kind: 'drain'; readonly from: SpokeId; readonly to: SpokeId | ''; readonly maxRate: number }
  | { readonly kind: 'uncordon'; readonly spoke: SpokeId }
  | { readonly kind: 'rebalance'; readonly maxRate: number }
  | { readonly kind: 'cancel' };

export type StepKind = Step['kind'];

/** "kill dc1", "delay dc2 700". */
export function describeStep({ kind, ...more }: Step): string {
  const words = Object.values(more).map((value) => (Array.isArray(value) ? value.join(',') : String(value)));
  return [kind, ...words.filter((word) => word !== '')].join(' ');
}

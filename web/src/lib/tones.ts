/** How a state looks: its colour and its sign. The sign differs wherever the colour does, so that colour is never alone. */

/** Named after the custom properties in styles/tokens.css. */
export type Tone = 'good' | 'watch' | 'warn' | 'worse' | 'bad' | 'off' | 'none' | 'info';

export type Sign =
  | 'check'
  | 'repeat'
  | 'drift'
  | 'part'
  | 'cross'
  | 'unplugged'
  | 'dashed'
  | 'pause'
  | 'play'
  | 'dot'
  | 'alert'
  | 'info';

export interface Look {
  readonly tone: Tone;
  readonly sign: Sign;
}

const look = (tone: Tone, sign: Sign): Look => ({ tone, sign });

const LOOKS = new Map<string, Look>([
  // Envoys
  ['converged', look('good', 'check')],
  ['relapsed', look('watch', 'repeat')],
  ['diverged', look('warn', 'drift')],
  ['degraded', look('worse', 'part')],
  ['failed', look('bad', 'cross')],
  ['offline', look('off', 'unplugged')],
  ['no data', look('none', 'dashed')],
  // Runs and their results
  ['ok', look('good', 'check')],
  ['changed', look('watch', 'repeat')],
  ['skipped', look('none', 'dashed')],
  // Spokes
  ['online', look('good', 'check')],
  ['healthy', look('good', 'check')],
  ['suspect', look('watch', 'alert')],
  ['recovering', look('watch', 'repeat')],
  ['unhealthy', look('bad', 'cross')],
  ['unreachable', look('bad', 'unplugged')],
  ['unknown', look('none', 'dashed')],
  ['eligible', look('good', 'check')],
  ['cordoned', look('warn', 'pause')],
  ['draining', look('warn', 'play')],
  ['drained', look('warn', 'pause')],
  // Moves
  ['running', look('info', 'play')],
  ['done', look('good', 'check')],
  ['incomplete', look('bad', 'part')],
  ['cancelled', look('warn', 'pause')],
  // Versions
  ['current', look('good', 'check')],
  ['behind', look('warn', 'alert')],
  ['synced', look('good', 'check')],
  ['unchanged', look('none', 'check')],
  ['added', look('good', 'check')],
  ['removed', look('bad', 'cross')],
  // What wants looking at
  ['notice', look('info', 'info')],
  ['warning', look('warn', 'alert')],
  ['critical', look('bad', 'cross')],
  // Tokens
  ['usable', look('good', 'check')],
  ['revoked', look('none', 'cross')],
  ['expired', look('none', 'dashed')],
  ['used up', look('none', 'dashed')],
  ['active', look('good', 'check')],
]);

/** Of a state, by its word. */
export function lookOf(word: string): Look {
  return LOOKS.get(word) ?? look('none', 'dot');
}

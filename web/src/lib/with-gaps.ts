/** Where a series has no points for a while, nothing must be drawn: an empty point there interrupts the line. */

// Points are about evenly spread; a wider space means that the hub did not run.
const WIDE = 2.5;

/** `points` by time. `empty` makes a point without a value, which is put into the middle of each wide space. */
export function withGaps<P extends { readonly seconds: number }, E>(
  points: readonly P[],
  empty: (seconds: number) => E,
): (P | E)[] {
  const spaces = points.slice(1).map(({ seconds }, i) => seconds - (points[i]?.seconds ?? seconds));
  const usual = spaces.toSorted((a, b) => a - b)[Math.floor(spaces.length / 2)] ?? 0;
  return points.flatMap((point, i) => {
    const space = spaces[i - 1] ?? 0;
    return space > usual * WIDE ? [empty(point.seconds - space / 2), point] : [point];
  });
}

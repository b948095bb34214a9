/** The last values of something, as a small line. The words beside it say the same. */

export interface SparklineProps {
  readonly values: readonly number[];
  /** What it shows, with the values that matter. */
  readonly label: string;
}

const WIDTH = 96;
const HEIGHT = 24;

export function Sparkline({ values, label }: SparklineProps) {
  if (values.length < 2) return null;
  const top = Math.max(...values) || 1;
  const points = values.map((value, i) => {
    const x = (i / (values.length - 1)) * WIDTH;
    const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}

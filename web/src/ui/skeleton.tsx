/** Holds the place of what is being fetched, so that nothing jumps when it comes. */

export interface SkeletonProps {
  /** Any length of CSS. */
  readonly width?: string;
  readonly height?: string;
}

export function Skeleton({ width = '100%', height = '14px' }: SkeletonProps) {
  return <span className="skeleton" style={{ width, height }} aria-hidden="true" />;
}

/** Of a table: a title line and so many rows. */
export function SkeletonRows({ rows }: { readonly rows: number }) {
  return (
    <div className="skeleton-rows" role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton-row">
          <Skeleton width={`${[62, 48, 55, 40][row % 4]}%`} />
        </div>
      ))}
    </div>
  );
}

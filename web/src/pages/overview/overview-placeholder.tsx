/** The overview while it is being fetched, in the same places. */
import { Skeleton, SkeletonRows } from '../../ui/skeleton.tsx';

export function OverviewPlaceholder() {
  return (
    <div className="stack">
      <Skeleton height="92px" />
      <div className="columns">
        <div className="stack">
          <Skeleton height="204px" />
          <Skeleton height="320px" />
        </div>
        <Skeleton height="320px" />
      </div>
      <div className="card">
        <SkeletonRows rows={4} />
      </div>
    </div>
  );
}

/** A page whose code is still on its way. */
import { Skeleton, SkeletonRows } from '../ui/skeleton.tsx';

export function PagePlaceholder() {
  return (
    <>
      <div className="page-head">
        <div>
          <Skeleton width="180px" height="28px" />
        </div>
      </div>
      <div className="card">
        <SkeletonRows rows={8} />
      </div>
    </>
  );
}

/** An address that leads nowhere. */
import { Link } from 'wouter';
import { buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { PageHead } from '../../ui/page-head.tsx';

export function NotFound() {
  return (
    <>
      <PageHead title="Not found" />
      <div className="card">
        <Empty icon="search" title="There is no such page">
          <p>The address may have been mistyped, or what it showed may be gone.</p>
          <Link href="/" className={buttonClass()}>
            To the overview
          </Link>
        </Empty>
      </div>
    </>
  );
}

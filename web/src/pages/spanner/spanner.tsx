/** Spanner. */
import { PageHead } from '../../ui/page-head.tsx';

export function Spanner() {
  return <PageHead title="Spanner" />;
}

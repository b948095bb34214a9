/** Audit. */
import { PageHead } from '../../ui/page-head.tsx';

export function Audit() {
  return <PageHead title="Audit" />;
}

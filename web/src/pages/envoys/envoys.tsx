/** Envoys. */
import { PageHead } from '../../ui/page-head.tsx';

export function Envoys() {
  return <PageHead title="Envoys" />;
}

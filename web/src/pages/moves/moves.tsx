/** Moves. */
import { PageHead } from '../../ui/page-head.tsx';

export function Moves() {
  return <PageHead title="Moves" />;
}

/** Config. */
import { PageHead } from '../../ui/page-head.tsx';

export function Config() {
  return <PageHead title="Config" />;
}

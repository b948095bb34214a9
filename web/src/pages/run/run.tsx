/** RunPage. */
import { PageHead } from '../../ui/page-head.tsx';

export function RunPage({ id }: { readonly id: string }) {
  return <PageHead title={id} />;
}

/** MovePage. */
import { PageHead } from '../../ui/page-head.tsx';

export function MovePage({ id }: { readonly id: string }) {
  return <PageHead title={id} />;
}

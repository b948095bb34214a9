/** SpokePage. */
import { PageHead } from '../../ui/page-head.tsx';

export function SpokePage({ id }: { readonly id: string }) {
  return <PageHead title={id} />;
}

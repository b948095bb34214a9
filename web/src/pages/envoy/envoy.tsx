/** EnvoyPage. */
import { PageHead } from '../../ui/page-head.tsx';

export function EnvoyPage({ id }: { readonly id: string }) {
  return <PageHead title={id} />;
}

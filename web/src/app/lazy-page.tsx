/**
 * A page whose code is fetched when it is first opened.
 *
 * Not React's own `lazy`: where something takes the place of a fallback, Suspense keeps it back for up to 300 ms against flicker, and
 * the page would not even begin to ask the hub until then.
 */
import { type ComponentType, useEffect, useState } from 'react';
import { PagePlaceholder } from './page-placeholder.tsx';

/** What the page throws while it is shown, and a failure to load it, are for the error boundary above. */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function LazyPage(props: Props) {
    const [Page, setPage] = useState(() => loaded);
    const [error, setError] = useState<Error>();
    useEffect(() => {
      if (Page) return;
      let shown = true;
      load().then(
        (component) => {
          loaded = component;
          if (shown) setPage(() => component);
        },
        (failure: unknown) => {
          if (shown) setError(failure instanceof Error ? failure : new Error(String(failure)));
        },
      );
      return () => {
        shown = false;
      };
    }, [Page]);
    if (error) throw error;
    return Page ? <Page {...props} /> : <PagePlaceholder />;
  };
}

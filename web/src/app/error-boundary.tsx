/** Catches a page that breaks, so that the rest of the UI stays; another page, or another try, begins anew. */
import { Component, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const error: Error | null = this.state.error;
    if (error === null) return this.props.children;
    // The hub was replaced by a newer one, which has not the files of this page any more.
    const outdated = /dynamically imported module|module script|preload/i.test((error as Error).message);
    return (
      <Notice
        level="critical"
        title={outdated ? 'This page is older than the hub' : 'This page broke'}
        action={
          <Button
            small
            icon="repeat"
            onClick={() => (outdated ? window.location.reload() : this.setState({ error: null }))}
          >
            {outdated ? 'Load it anew' : 'Try again'}
          </Button>
        }
      >
        <p>{(error as Error).message}</p>
      </Notice>
    );
  }
}

/** Spokes that have not answered: what is missing or old because of it, said plainly. */
import type { Warning } from '../../../src/gen/vigo/v1/admin_pb.js';
import { Notice } from './notice.tsx';

export interface WarningsProps {
  readonly warnings: readonly Warning[];
  /** What comes of it: "its envoys are shown as the hub last knew them". */
  readonly consequence: string;
  /** All spokes that were asked, if that is known. */
  readonly asked?: number | undefined;
  /** More about a spoke, such as when it was last seen. */
  readonly about?: (spoke: string) => string | undefined;
}

export function Warnings({ warnings, consequence, asked, about }: WarningsProps) {
  if (warnings.length === 0) return null;
  const silent = warnings.filter(({ spoke }) => spoke !== '');
  const names = silent.map(({ spoke }) => spoke).join(', ');
  const title =
    asked === undefined || silent.length === 0
      ? `${names || 'Something'} did not answer`
      : `${asked - silent.length} of ${asked} spokes answered`;
  return (
    <Notice level="warning" title={title}>
      <ul>
        {warnings.map(({ spoke, code, message }) => (
          <li key={`${spoke} ${code}`}>
            {spoke && <strong>{spoke}</strong>} {about?.(spoke) ?? ''} {`(${code.replaceAll('_', ' ')}: ${message})`}
          </li>
        ))}
      </ul>
      <p>{consequence}</p>
    </Notice>
  );
}

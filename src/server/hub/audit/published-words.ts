/** How the audit log tells what was published. */
import { type PublishedConfig, SyncOutcome } from '../../../gen/vigo/v1/admin_pb.js';
import type { AuditEvent } from './audit-log.ts';

export function publishedWords({ version, unchanged, spokes }: PublishedConfig): Partial<AuditEvent> {
  const skipped = spokes.filter(({ outcome }) => outcome === SyncOutcome.SKIPPED).map(({ spoke }) => spoke);
  const changed = unchanged ? 'unchanged' : `${version?.filesChanged ?? 0} files changed`;
  const missing = skipped.length > 0 ? `; not yet on ${skipped.join(', ')}` : '';
  const detail = [`${changed}${missing}`, version?.message].filter(Boolean).join(': ');
  return { ...(version && { subject: version.version }), detail };
}

/** What an entry of the audit log is about: how it is written, and where it is shown. */
import { envoyPath, movePath, spokePath } from './paths.ts';

/** Ids and digests by how they begin, which tells them apart; names as they are. */
export function shortSubject(subject: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(subject)) return `${subject.slice(0, 8)}…`;
  return /^[0-9a-f]{64}$/.test(subject) ? `${subject.slice(0, 12)}…` : subject;
}

/** Undefined if there is no page for it. */
export function subjectPath(action: string, subject: string): string | undefined {
  if (subject === '') return undefined;
  if (action.startsWith('spoke.') || action.startsWith('failover.')) return spokePath(subject);
  if (action.startsWith('move.') && /^[0-9a-f-]{36}$/.test(subject)) return movePath(subject);
  if (action.startsWith('envoy.')) return envoyPath(subject);
  return action.startsWith('config.') ? '/config' : undefined;
}

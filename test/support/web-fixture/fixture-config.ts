/** Made-up versions of a configuration, and what differs between them. */
import { createHash } from 'node:crypto';
import { FileChange } from '../../../src/gen/vigo/v1/admin_pb.js';
import type { FixtureFleet } from './fixture-fleet.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export const CURRENT = digest('current');
export const PREVIOUS = digest('previous');

const MESSAGES = [
  'Password logins are off on all machines',
  'Motd names the environment',
  '',
  'Back to the version before: sshd was locked out',
  'Cron job that rotates the application logs',
  'Node exporter on every worker',
  'First tree',
];

const CHANGED = new Map<number, string[]>([
  [0, ['configcrates/sshd.vgo', 'files/sshd_config']],
  [MESSAGES.length - 1, []],
]);

/** Newest first. */
export function versionsOf(fleet: FixtureFleet) {
  return MESSAGES.map((message, i) => ({
    version: i === 0 ? CURRENT : i === 1 ? PREVIOUS : digest(`version ${i}`),
    publishedAt: fleet.ago(3_600_000 * (2 + i * 31)),
    actor: i % 3 === 2 ? 'deploy-bot' : 'amelie',
    message,
    rollback: i === 3,
    added: i === MESSAGES.length - 1 ? ['configcrates/motd.vgo', 'envoys.vgo', 'roles/base.vgo'] : [],
    changed: CHANGED.get(i) ?? ['configcrates/motd.vgo'],
    removed: i === 0 ? ['configcrates/telnetd.vgo'] : [],
    filesChanged: i === 0 || i === MESSAGES.length - 1 ? 3 : 1,
    size: 48_213 - i * 911,
    number: MESSAGES.length - i,
    current: i === 0,
  }));
}

const SSHD = `@@ -3,8 +3,9 @@ resources:
   - name: sshd_config
     type: file
     target_path: /etc/ssh/sshd_config
-    source: files/sshd_config
-    mode: "0644"
+    source: files/sshd_config
+    mode: "0600"
+    owner: root
     notify: [sshd]
   - name: sshd
     type: service
@@ -18,4 +19,4 @@ resources:
     type: line
     path: /etc/ssh/banner
-    line: "Welcome to {{ traits.hostname }}"
+    line: "Welcome to {{ traits.hostname }}, which is watched"
     ensure: present
`;

const file = (path: string, change: FileChange, unified: string, added: number, removed: number, hidden = '') => ({
  path,
  change,
  unified,
  hidden,
  addedLines: added,
  removedLines: removed,
});

export const DIFF = [
  file('configcrates/sshd.vgo', FileChange.CHANGED, SSHD, 4, 3),
  file(
    'configcrates/telnetd.vgo',
    FileChange.REMOVED,
    '@@ -1,3 +0,0 @@\n-configcrate: telnetd\n-resources:\n-  - { type: package, name: telnetd }\n',
    0,
    3,
  ),
  file('files/logo.png', FileChange.CHANGED, '', 0, 0, 'binary'),
  file('roles/watched.vgo', FileChange.ADDED, '@@ -0,0 +1,2 @@\n+role: watched\n+configcrates: [sshd]\n', 2, 0),
];

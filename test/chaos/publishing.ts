/** What was published, and whether the hub has said so: the fleet must end up with the last version, or with one that came after. */
import { uploadOf } from '../../src/rpc/archive-upload.ts';
import type { AdminConnection } from '../support/admin-connection.ts';
import { digestOf } from '../support/digest.ts';
import { archiveOf, chunksOf, tree } from '../support/published.ts';

export interface Publishing {
  /** Throws what the hub answers. */
  publish(text: string): Promise<void>;
  /** Whether a fleet that serves `version` has forgotten nothing that was acknowledged. */
  mayServe(version: string): boolean;
}

export function createPublishing(admin: AdminConnection['client']): Publishing {
  const versions: string[] = [];
  let acknowledged = 0;
  return {
    async publish(text) {
      const bytes = await archiveOf(treeOf(text));
      const place = versions.push(digestOf(bytes)) - 1;
      const header = { digest: digestOf(bytes), size: bytes.length, message: text };
      await admin.publishConfig(uploadOf(header, chunksOf(bytes)), { timeoutMs: PUBLISH_MS });
      acknowledged = Math.max(acknowledged, place);
    },
    mayServe: (version) => versions.lastIndexOf(version) >= acknowledged,
  };
}

/** It is given to all spokes, and waited for those that are slow to take it. */
const PUBLISH_MS = 120_000;

/** Something small to do for everybody. */
const treeOf = (text: string) =>
  tree({
    'configcrates/motd.vgo': `configcrate: motd
resources:
  - name: etc
    type: directory
    target_path: /etc
  - name: motd
    type: file
    target_path: /etc/motd
    content: "{{ vars.text }} for {{ traits.hostname }}"
    depends_on: [etc]
`,
    'envoys.vgo': `envoys:\n  - match: "*"\n    configcrates: [motd]\n    vars: { text: "${text}" }\n`,
  });

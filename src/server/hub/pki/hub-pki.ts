/** What a hub has to do with the fleet's CA and its own certificate, both of which change while it runs. */
import type { CertificateAuthority } from '../../../pki/ca.ts';

export interface HubPki {
  /** The CA that signs now. Its trust domain never changes. */
  ca(): CertificateAuthority;
  /** The hub's own certificate, PEM. */
  certificate(): string;
  /** Life of the certificates that it signs, milliseconds. */
  readonly certLifetimeMs: number;
  /** A new CA takes over. Throws ROTATION_RUNNING, CA_PROVIDED, DATA_DIR_UNUSABLE. */
  beginRotation(): Promise<void>;
  /** The CA before is trusted no more. Throws CA_PROVIDED, DATA_DIR_UNUSABLE. */
  finishRotation(): Promise<void>;
  /** Calls `listener` when any of it has changed. */
  onChange(listener: () => void): void;
}

/** Tells those who hold a stream open when the credential that it was opened with ends: at once, or when its time is over. */
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { CredentialEnd } from '../../platform/credential-end.ts';

export interface CredentialEnds {
  /**
   * Follows the credential with this hash. `check` says until when it is good (milliseconds since 1970 UTC; undefined: for good)
   * and is asked again then, because use may have made it good for longer; it throws once it is not good any more.
   */
  follow(hash: string, check: () => Promise<number | undefined>): CredentialEnd;
  /** Credentials that were revoked: whoever follows one checks it again. */
  changed(hashes: readonly string[]): void;
}

export function createCredentialEnds({ clock }: { readonly clock: Clock }): CredentialEnds {
  const followers = new Map<string, Set<() => void>>();
  return {
    follow(hash, check) {
      const controller = new AbortController();
      let timer: Timer | undefined;
      const look = async (): Promise<void> => {
        timer?.cancel();
        try {
          const until = await check();
          if (until !== undefined && own.has(recheck)) {
            timer?.cancel();
            timer = clock.after(Math.max(1, until - clock.now()), recheck);
          }
        } catch (error) {
          // Also when it cannot be told: who is not known to be allowed is not.
          controller.abort(error);
        }
      };
      const recheck = () => void look();
      const own = followers.get(hash) ?? new Set();
      followers.set(hash, own.add(recheck));
      // It may have ended between the moment when it was found good and this one.
      recheck();
      return {
        signal: controller.signal,
        [Symbol.dispose]() {
          timer?.cancel();
          own.delete(recheck);
          if (own.size === 0 && followers.get(hash) === own) followers.delete(hash);
        },
      };
    },
    changed(hashes) {
      for (const hash of hashes) for (const recheck of followers.get(hash) ?? []) recheck();
    },
  };
}

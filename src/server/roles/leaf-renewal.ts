/** Sees to it that a server with the CA at hand replaces its own certificate in time: it looks at it now and then. */
import { messageOf } from '../../fleet/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { FleetIdentity } from './fleet-identity.ts';

export interface LeafRenewalOptions {
  readonly identity: Pick<FleetIdentity, 'refresh'>;
  /** Life of a certificate, milliseconds. */
  readonly lifeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface LeafRenewal {
  start(): void;
  close(): void;
}

/** Reading some files costs nothing; a disk that was full is tried again soon. */
const MAX_PAUSE_MS = 3_600_000;
/** Of a short life, still a dozen looks before a third of it is over. */
const LOOKS_IN_A_LIFE = 36;

export function createLeafRenewal({ identity, lifeMs, clock, logger }: LeafRenewalOptions): LeafRenewal {
  const pauseMs = Math.min(MAX_PAUSE_MS, lifeMs / LOOKS_IN_A_LIFE);
  let timer: Timer | undefined;
  let closed = false;
  const plan = (): void => {
    if (!closed) timer = clock.after(pauseMs, () => void look());
  };
  const look = async (): Promise<void> => {
    try {
      await identity.refresh();
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'certificates not read, those in use stay');
    }
    plan();
  };
  return {
    start: plan,
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}

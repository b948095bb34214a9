/**
 * What operators order while things break. An order may be refused with a code of the catalogue, and is lost if the hub ends
 * meanwhile; a hub that was left alone owes a proper answer.
 */
import { Code, ConnectError } from '@connectrpc/connect';
import { messageOf } from '../../src/fleet/errors.ts';
import { ErrorDetailSchema } from '../../src/gen/vigo/v1/types_pb.js';
import type { ChaosFleet } from './fleet/chaos-fleet.ts';
import type { Tally } from './tally.ts';
import type { Violations } from './violations.ts';

export interface Orders {
  /** Begins it, and does not wait for its end. */
  place(what: string, order: () => Promise<unknown>): void;
  /** Resolves when all have ended. */
  ended(): Promise<void>;
}

export function createOrders(fleet: ChaosFleet, violations: Violations, tally: Tally): Orders {
  const hub = fleet.server('hub');
  const running = new Set<Promise<void>>();

  const carryOut = async (what: string, order: () => Promise<unknown>): Promise<void> => {
    const state = () => `${hub.process.state} ${hub.process.disturbances}`;
    const before = state();
    const { faultChanges } = hub;
    try {
      await order();
      tally.checked('orders carried out');
    } catch (error) {
      const leftAlone = before === state() && hub.process.state === 'up';
      const diskFailed = hub.faults.includes('store.write') || hub.faultChanges !== faultChanges;
      if (!leftAlone) tally.checked('orders lost with the hub');
      else if (isRefusal(error)) tally.checked('orders refused, with a reason');
      else if (diskFailed) tally.checked('orders that failed because of a full disk');
      else violations.add(`the hub gave no proper answer to: ${what.split(' ')[0]}`, `${what}: ${messageOf(error)}`);
    }
  };

  return {
    place(what, order) {
      const ended = carryOut(what, order).finally(() => running.delete(ended));
      running.add(ended);
    },
    async ended() {
      await Promise.all(running);
    },
  };
}

/** It names what is wrong: not "internal error", and not silence. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ConnectError) || error.code === Code.Internal) return false;
  return error.findDetails(ErrorDetailSchema).length > 0;
}

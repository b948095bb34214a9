/** What the hub tells others: an event, and the JSON in which it travels. */
import type { NotificationEvent } from '../../config/server-config.ts';

export interface FleetEvent {
  readonly type: NotificationEvent;
  /** Spoke that it is about; undefined if it is about none. */
  readonly spoke?: string;
  /** Small; what is in it is listed in docs/webhooks.md. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** What somebody who is to be told of events gives to the hub. */
export interface NotificationEndpoint {
  readonly url: string;
  readonly events: readonly NotificationEvent[];
  /** Resolves when the endpoint has taken it. Throws why it has not. */
  send(message: SignedMessage, signal: AbortSignal): Promise<void>;
}

export interface SignedMessage {
  /** The same at every try. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** `{"type","timestamp","data"}` */
export function eventBody({ type, data }: FleetEvent, now: number): string {
  return JSON.stringify({ type, timestamp: new Date(now).toISOString(), data });
}

/** What is about one spoke, or of one kind, is told in the order in which it has happened. */
export const laneOf = ({ type, spoke }: FleetEvent): string => (spoke === undefined ? type : `spoke ${spoke}`);

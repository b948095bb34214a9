/** Keeps the process from ending while it only waits: the clock's timers do not, and idle connections come and go. */
import { MessageChannel } from 'node:worker_threads';

/** Until the returned function is called. */
export function keepAlive(): () => void {
  const { port1 } = new MessageChannel();
  // Listening is what holds the event loop; nobody ever writes.
  port1.on('message', () => {});
  return () => port1.close();
}

/** Keeps the process alive while a command runs: the clock's timers do not, so waiting alone would end it silently. */
import { MessageChannel } from 'node:worker_threads';

/** Returns what lets go. */
export function holdProcess(): () => void {
  const { port1 } = new MessageChannel();
  // A port that listens counts as something that may still happen.
  port1.on('message', () => {});
  return () => port1.close();
}

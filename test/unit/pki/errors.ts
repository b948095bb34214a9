/** Catches the one error that a test expects. */
import { VigoError } from '../../../src/fleet/errors.ts';

/** The VigoError that `run` throws or rejects with; anything else fails the test. */
export async function vigoErrorOf(run: () => unknown): Promise<VigoError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof VigoError) return error;
    throw error;
  }
  throw new Error('expected a VigoError, but nothing was thrown');
}

/** What a call failed with. */
import { ConnectError } from '@connectrpc/connect';
import { VigoError } from '../../src/fleet/errors.ts';
import { ErrorDetailSchema } from '../../src/gen/vigo/v1/types_pb.js';
import { toVigoError } from '../../src/rpc/errors.ts';

/** The code of the catalogue that `promise` fails with, here or over the wire; fails if it does not fail, or with another error. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof VigoError) return error.code;
    const [detail] = error instanceof ConnectError ? error.findDetails(ErrorDetailSchema) : [];
    if (detail) return detail.code;
    throw error;
  }
  throw new Error('it was expected to fail, and did not');
}

/** The same for what throws at once. */
export function thrownCode(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    if (error instanceof VigoError) return error.code;
    throw error;
  }
  throw new Error('it was expected to throw, and did not');
}

/** What a call to `target` that must fail fails with, as the catalogue says it. */
export async function failureOf(call: Promise<unknown>, target: string): Promise<VigoError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error('the call was expected to fail');
  return toVigoError(error, { target });
}

/** Who is told what happens, as server.yaml names them, each with the secret and the CA in its files. */
import { Webhook } from 'standardwebhooks';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { readSmallFile } from '../../platform/small-file.ts';
import type { NotificationConfig } from '../config/server-config.ts';
import type { NotificationEndpoint } from '../hub/notifications/fleet-event.ts';
import { createSendSigned } from '../hub/notifications/send-signed.ts';

/** Throws CONFIG_INVALID naming key and file. */
export function openNotificationEndpoints(
  configs: readonly NotificationConfig[],
  clock: Clock,
): NotificationEndpoint[] {
  return configs.map(({ url, events, secretFile, caFile }, index) => {
    const signer = using(`notifications[${index}].secret_file`, secretFile, signerOf);
    const caPem = caFile === undefined ? undefined : using(`notifications[${index}].ca_file`, caFile, certificates);
    return { url, events, send: createSendSigned({ url, signer, caPem, clock }) };
  });
}

function using<T>(key: string, file: string, use: (text: string) => T): T {
  try {
    return use(readSmallFile(file));
  } catch (error) {
    throw new VigoError('CONFIG_INVALID', `${key}: cannot use ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function signerOf(text: string): Webhook {
  const secret = text.trim();
  // The package takes what is no base64 for another secret than the one that was meant.
  if (!/^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret) || secret.length < 38)
    throw new Error('expected "whsec_" and the base64 of at least 24 random bytes');
  return new Webhook(secret);
}

function certificates(text: string): string {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error('expected CA certificates in PEM');
  return text;
}

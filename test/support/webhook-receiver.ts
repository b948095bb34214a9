/** An endpoint that is told what happens: a real server on this machine that keeps what it is sent. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ToldEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WebhookReceiver {
  readonly url: string;
  /** What has come and was signed with the secret, whatever was answered, in order. */
  readonly told: readonly ToldEvent[];
  /** Requests that were not signed with the secret. */
  readonly forged: number;
  /** How it answers; default with 204. */
  answer: (response: ServerResponse, event: ToldEvent) => void;
  close(): Promise<void>;
}

export interface WebhookReceiverOptions {
  /** "whsec_…" */
  readonly secret: string;
  /** Default: plain HTTP. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string };
  /** Default a free one. */
  readonly port?: number;
  /** The sender's clock is another one than the system's: only the signature counts, not how old it is. */
  readonly anyTime?: boolean;
}

/** The package's own check, by the system's clock. */
export async function startWebhookReceiver({
  secret,
  tls,
  port = 0,
  anyTime = false,
}: WebhookReceiverOptions): Promise<WebhookReceiver> {
  const told: ToldEvent[] = [];
  let forged = 0;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = request.headers as Record<string, string>;
    const body = Buffer.concat(chunks);
    try {
      const event = (
        anyTime ? signedEvent(secret, headers, body) : new Webhook(secret).verify(body, headers)
      ) as ToldEvent;
      const { type, data } = event;
      told.push({ id: headers['webhook-id'] ?? '', type, data });
    } catch {
      forged++;
    }
    const last = told.at(-1);
    if (last) receiver.answer(response, last);
    else response.writeHead(400).end();
  };
  const listener: RequestListener = (request, response) => {
    take(request, response).catch(() => request.destroy());
  };
  const server = tls ? createTlsServer({ cert: tls.certPem, key: tls.keyPem }, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: WebhookReceiver = {
    url: `http${tls ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}/told`,
    told,
    get forged() {
      return forged;
    },
    answer: (response) => void response.writeHead(204).end(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** Throws unless `body` was signed with the secret, whenever that was. */
function signedEvent(secret: string, headers: Record<string, string>, body: Buffer): unknown {
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  const expected = new Webhook(secret).sign(headers['webhook-id'] ?? '', at, body.toString());
  if (headers['webhook-signature'] !== expected) throw new Error('not signed with the secret');
  return JSON.parse(body.toString());
}

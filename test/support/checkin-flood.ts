/**
 * Check-ins without an end: some envoys that take no notice of what they are told and call again as soon as they are answered,
 * or as soon as they can.
 */
import { type ClientHttp2Session, connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { AgentService, CheckInRequestSchema } from '../../src/gen/vigo/v1/agent_pb.js';
import type { RpcEnvoy } from './rpc-enrolment.ts';

export interface FloodFigures {
  readonly served: number;
  readonly refused: number;
  /** Answers with another status, and calls that ended without one. */
  readonly other: number;
  /** Of the `retry-after` headers, seconds. */
  readonly longestWait: number;
}

export interface Flood {
  figures(): FloodFigures;
  stop(): void;
}

const PATH = `/${AgentService.typeName}/${AgentService.method.checkIn.name}`;

/** `concurrency`: calls that each envoy has under way. */
export function startCheckInFlood(envoys: readonly RpcEnvoy[], concurrency: number): Flood {
  const figures = { served: 0, refused: 0, other: 0, longestWait: 0 };
  let stopped = false;
  const sessions = envoys.map(({ owner, tls, epoch }) => {
    const session = connect(`https://${owner.address}`, {
      cert: tls.certPem,
      key: tls.keyPem,
      ca: tls.caPem,
      checkServerIdentity: () => undefined,
    });
    session.on('error', () => undefined);
    const body = Buffer.from(toBinary(CheckInRequestSchema, create(CheckInRequestSchema, { epoch })));
    for (let i = 0; i < concurrency; i++) again(session, body);
    return session;
  });

  function again(session: ClientHttp2Session, body: Buffer): void {
    if (stopped || session.destroyed) return;
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/proto' });
    let status = 0;
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
      figures.longestWait = Math.max(figures.longestWait, Number(headers['retry-after'] ?? 0));
    });
    stream.on('error', () => undefined).resume();
    stream.on('close', () => {
      if (stopped) return;
      if (status === 200) figures.served++;
      else if (status === 429) figures.refused++;
      else figures.other++;
      again(session, body);
    });
    stream.end(body);
  }

  return {
    figures: () => ({ ...figures }),
    stop() {
      stopped = true;
      for (const session of sessions) session.destroy();
    },
  };
}

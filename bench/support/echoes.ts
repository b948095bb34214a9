/** The floors of the check-in benchmarks as processes, and the envoys that call them and the product alike. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { AgentService, CheckInRequestSchema } from '../../src/gen/vigo/v1/agent_pb.js';
import { publicKeyDer } from '../../src/pki/keys.ts';
import type { LoadTarget } from '../load/protocol.ts';
import type { BenchContext } from './benchmark.ts';
import type { BenchFleet, Credentials } from './fleet.ts';
import { type RunningServer, startServer } from './processes.ts';
import { envoyId, envoyRow, realisticTraits, type SeedEnvoy, seedSpoke } from './seed.ts';

export const SPOKE = 'dc1';

export interface CheckInParty {
  readonly fleet: BenchFleet;
  readonly spoke: RunningServer;
  /** A spoke that takes one check-in a second and refuses all others. */
  startFullSpoke(): Promise<RunningServer>;
  /** How the load generator calls a server. */
  targetOf(server: RunningServer, kind: 'spoke' | 'full' | 'http2' | 'grpc'): LoadTarget;
  startEcho(kind: 'http2' | 'grpc', answerBytes: number): Promise<RunningServer>;
}

/** A spoke with so many envoys that have certificates of their own, and traits that the server knows already. */
export async function openCheckInParty(context: BenchContext, envoys: number): Promise<CheckInParty> {
  const { createFleet } = await import('./fleet.ts');
  const fleet = await createFleet(context);
  const traits = realisticTraits(SPOKE);
  const seeds: SeedEnvoy[] = [];
  const all: Credentials[] = [];
  for (let i = 0; i < envoys; i++) {
    const id = envoyId(SPOKE, i);
    const credentials = await fleet.credentials({ kind: 'envoy', id });
    all.push(credentials);
    seeds.push({ id, hostname: `web${i}.dc1.example.com`, publicKey: publicKeyDer(credentials.keyPem), traits });
  }
  await seedSpoke(fleet.dirOf(SPOKE), seeds);
  const credentialsFile = join(context.dir, 'envoys.json');
  const serverFile = join(context.dir, 'echo.json');
  await writeFile(credentialsFile, JSON.stringify(all));
  await writeFile(serverFile, JSON.stringify(await fleet.credentials({ kind: 'spoke', id: 'echo' })));

  const { traits_digest: traitsDigest, config_version: configVersion } = envoyRow(seeds[0] as SeedEnvoy);
  const request = create(CheckInRequestSchema, {
    epoch: 1,
    configVersion,
    traitsDigest: traitsDigest ?? new Uint8Array(),
    agentVersion: '0.1.0',
  });
  const message = Buffer.from(toBinary(CheckInRequestSchema, request)).toString('base64');
  const checkIn = `/${AgentService.typeName}/${AgentService.method.checkIn.name}`;
  return {
    fleet,
    // What a check-in costs, not how many are let in.
    spoke: await fleet.startSpoke(SPOKE, { checkin: { max_rate: 1_000_000 } }),
    startFullSpoke: () => fleet.startSpoke('full', { checkin: { max_rate: 1 } }),
    targetOf: ({ ready }, kind) => ({
      address: ready.grpc,
      protocol: kind === 'grpc' ? 'grpc' : 'connect',
      path: kind === 'grpc' ? '/bench.Echo/Call' : checkIn,
      message,
      credentialsFile,
      // The one that is let in is not known there.
      ...(kind === 'full' ? { statuses: [429, 403] } : {}),
    }),
    startEcho: (kind, answerBytes) =>
      startServer(context, [
        join(import.meta.dirname, '..', 'load', `echo-${kind}.ts`),
        serverFile,
        String(answerBytes),
      ]),
  };
}

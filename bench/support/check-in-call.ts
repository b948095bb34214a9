/** A check-in of an envoy that has nothing new to say. */
import { create, toBinary } from '@bufbuild/protobuf';
import { AgentService, CheckInRequestSchema } from '../../src/gen/vigo/v1/agent_pb.js';
import type { EnvoyCall } from './envoy-party.ts';
import { envoyRow, type SeedEnvoy } from './seed.ts';

/** With the traits and the version that the server knows already. */
export function checkInCall(envoy: SeedEnvoy): EnvoyCall {
  const { traits_digest: traitsDigest, config_version: configVersion } = envoyRow(envoy);
  const request = create(CheckInRequestSchema, {
    epoch: 1,
    configVersion,
    traitsDigest: traitsDigest ?? new Uint8Array(),
    agentVersion: '0.1.0',
  });
  return { method: AgentService.method.checkIn, message: toBinary(CheckInRequestSchema, request) };
}

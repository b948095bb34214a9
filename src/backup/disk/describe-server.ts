/** Whose backup it is, by server.yaml and certificates; and which keys and certificates belong together. */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { VigoError } from '../../fleet/errors.ts';
import { describeCa } from '../../pki/ca.ts';
import { identityOfCertificate } from '../../pki/identity.ts';
import type { ServerConfig } from '../../server/config/server-config.ts';
import type { Manifest } from '../format/manifest.ts';
import type { Collected } from './collect-files.ts';
import { pairProblem, pairsByName } from './key-pairs.ts';

type Description = Pick<Manifest, 'role' | 'spokeId' | 'trustDomain' | 'keyPairs'>;

/** Throws DATA_DIR_UNUSABLE if a key is not that of its certificate: nobody could start what is restored. */
export async function describeServer(config: ServerConfig, collected: Collected): Promise<Description> {
  const { dataDir, configFile, spanner, server } = config;
  const read = async (entry: string | undefined): Promise<string | undefined> => {
    const file = collected.files.find(({ path }) => path === entry);
    if (!file) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of file.source.chunks()) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  };
  const { certFile, keyFile, caFile, caKeyFile } = server.tls;
  const named = [[certFile, keyFile] as const, [caFile, caKeyFile] as const].flatMap(([certificate, key]) => {
    const [one, other] = [certificate && collected.entryOf(certificate), key && collected.entryOf(key)];
    return one && other ? [{ certificate: one, key: other }] : [];
  });
  const keyPairs = [...pairsByName(collected.files.map(({ path }) => path)), ...named].filter(
    (pair, i, all) => all.findIndex((other) => other.certificate === pair.certificate) === i,
  );
  for (const { certificate, key } of keyPairs) {
    const problem = pairProblem((await read(certificate)) ?? '', (await read(key)) ?? '');
    if (problem)
      throw new VigoError('DATA_DIR_UNUSABLE', `${certificate} and ${key} in the data directory: ${problem}`);
  }
  const ca = await read(collected.entryOf(join(dataDir, 'tls', 'ca.pem')));
  const trustDomain = ca === undefined ? null : describeCa(ca).trustDomain;
  // A spoke whose server.yaml was not found is known by its certificate.
  const spokePem = await read(collected.entryOf(join(dataDir, 'tls', 'spoke.pem')));
  const identity = spokePem === undefined ? undefined : identityOfCertificate(new X509Certificate(spokePem));
  const role = configFile === undefined && identity?.kind === 'spoke' ? 'spoke' : spanner.role;
  const certified = identity?.kind === 'spoke' ? identity.id : null;
  return { role, spokeId: role === 'spoke' ? (spanner.spokeId ?? certified) : null, trustDomain, keyPairs };
}

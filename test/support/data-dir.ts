/** A hub's data directory as a server would leave it, made without one. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCa, openOrCreateCa } from '../../src/pki/ca.ts';
import { openOrIssueLeaf } from '../../src/pki/server-identity.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { loadServerConfig } from '../../src/server/config/load-server-config.ts';
import type { ServerConfig } from '../../src/server/config/server-config.ts';
import { openLiveConfig } from '../../src/server/live/open-live-config.ts';
import { createConfigRepository } from '../../src/server/store/config-repository.ts';
import { type Database, openDatabase } from '../../src/server/store/database.ts';
import { treeOf } from './published.ts';

export interface DataDir {
  readonly config: ServerConfig;
  readonly database: Database;
  /** The row of a publish, its archive, and that it is served. The version. */
  publish(text: string): Promise<string>;
  /** Only the row; `finish` does the rest, as a server in the middle of it. */
  beginPublish(text: string): Promise<{ version: string; finish(): Promise<void> }>;
  close(): Promise<void>;
}

/** `yaml`: of a server.yaml outside of the directory. */
export async function makeDataDir(dir: string, yaml = 'spanner: { role: hub }\n'): Promise<DataDir> {
  const dataDir = join(dir, 'data');
  const configFile = join(dir, 'hub.yaml');
  await writeFile(configFile, `data_dir: ${dataDir}\n${yaml}`);
  const env = { HOME: dir };
  const config = await loadServerConfig({ configFile, env, cwd: dir, isRoot: false, homeDir: dir });
  const tls = join(dataDir, 'tls');
  const now = systemClock.now();
  await openOrCreateCa({ dir: tls, now });
  const ca = (await openCa({ dir: tls }))!;
  const identity = { kind: 'hub', trustDomain: ca.trustDomain } as const;
  await openOrIssueLeaf({
    dir: tls,
    name: 'hub',
    ca,
    identity,
    commonName: 'hub',
    dnsNames: [],
    ipAddresses: [],
    lifeMs: 3_600_000,
    now,
  });
  await writeFile(join(dataDir, 'admin-token'), `vgot_${'x'.repeat(40)}\n`, { mode: 0o600 });
  const database = await openDatabase({ url: config.database.url, dataDir });
  const live = await openLiveConfig({ dataDir, clock: systemClock, logger: silentLogger });
  const history = createConfigRepository(database);
  let number = 0;

  const beginPublish: DataDir['beginPublish'] = async (text) => {
    const staged = await live.stageFiles(treeOf(text));
    const names = { added: '[]', changed: '[]', removed: '[]' };
    const who = { actor: 'admin', message: text, rollback: 0, files_changed: 1 };
    const { version, size } = staged;
    await history.append({ number: ++number, version, size, published_at: now, ...who, ...names });
    return {
      version,
      async finish() {
        await live.activate(staged);
        await staged.discard();
      },
    };
  };
  return {
    config,
    database,
    beginPublish,
    async publish(text) {
      const { version, finish } = await beginPublish(text);
      await finish();
      return version;
    },
    close: () => database.destroy(),
  };
}

export const textOf = (...path: string[]): Promise<string> => readFile(join(...path), 'utf8');

/** What an OpenID provider remembers, in memory, as long as it serves. */
interface Payload {
  readonly uid?: string;
  readonly grantId?: string;
  consumed?: number;
}

interface OidcStore {
  upsert(id: string, payload: Payload): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(): Promise<undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

/** One store for each kind of thing: codes, sessions, grants. */
export function createOidcStore(): OidcStore {
  const rows = new Map<string, Payload>();
  return {
    async upsert(id, payload) {
      rows.set(id, payload);
    },
    find: async (id) => rows.get(id),
    findByUid: async (uid) => [...rows.values()].find((row) => row.uid === uid),
    findByUserCode: async () => undefined,
    async consume(id) {
      const row = rows.get(id);
      if (row) row.consumed = 1;
    },
    async destroy(id) {
      rows.delete(id);
    },
    async revokeByGrantId(grantId) {
      for (const [id, row] of rows) if (row.grantId === grantId) rows.delete(id);
    },
  };
}

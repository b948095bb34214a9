/** Trees of stacks, and publishing them as a command does. */
import type { Client } from '@connectrpc/connect';
import { expect } from 'chai';
import type { AdminService, PublishedConfig, SpokeSync } from '../../src/gen/vigo/v1/admin_pb.js';
import { SyncOutcome } from '../../src/gen/vigo/v1/admin_pb.js';
import { uploadOf } from '../../src/rpc/archive-upload.ts';
import { packArchive } from '../../src/stacks/pack-archive.ts';
import type { StacksFiles } from '../../src/stacks/stacks-files.ts';
import { digestOf } from './digest.ts';

type Admin = Client<typeof AdminService>;

/** Name → text. */
export function tree(files: Readonly<Record<string, string>>): StacksFiles {
  return new Map(
    Object.keys(files)
      .sort()
      .map((name) => [name, Buffer.from(files[name] as string)]),
  );
}

/** A tree with nothing but this in it. */
export const treeOf = (text: string): StacksFiles => tree({ 'envoys.vgo': `envoys: [] # ${text}\n` });

/** Bytes as they come in. */
export async function* chunksOf(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export async function archiveOf(files: StacksFiles): Promise<Uint8Array> {
  const { bytes } = await packArchive(files);
  return bytes;
}

/** The answer, with its problems if there are any. */
export async function upload(admin: Admin, files: StacksFiles, message = '') {
  const bytes = await archiveOf(files);
  const header = { digest: digestOf(bytes), size: bytes.length, message };
  return admin.publishConfig(uploadOf(header, chunksOf(bytes)));
}

export async function publish(admin: Admin, files: StacksFiles, message = ''): Promise<PublishedConfig> {
  const { problems, published } = await upload(admin, files, message);
  expect(problems).to.deep.equal([]);
  return published!;
}

/** "dc1 synced, dc2 skipped" */
export function outcomes({ spokes }: { readonly spokes: readonly SpokeSync[] }): string {
  return spokes.map(({ spoke, outcome }) => `${spoke} ${SyncOutcome[outcome]?.toLowerCase()}`).join(', ');
}

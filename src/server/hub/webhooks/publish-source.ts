/** One run of a webhook: its stacks are fetched, and published like any others. What came of it is in the audit log. */
import { create } from '@bufbuild/protobuf';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import { PublishedConfigSchema } from '../../../gen/vigo/v1/admin_pb.js';
import type { Logger } from '../../../platform/logger.ts';
import { packArchive } from '../../../stacks/pack-archive.ts';
import { publishedMessage } from '../admin/config-messages.ts';
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts';
import { publishedWords } from '../audit/published-words.ts';
import type { ConfigPublisher } from '../config/config-publisher.ts';
import type { WebhookSource } from './webhook-source.ts';

export interface PublishSourceOptions {
  readonly publisher: Pick<ConfigPublisher, 'publish'>;
  readonly audit: Pick<AuditLog, 'begin'>;
  /** Called after something was published. */
  readonly onPublished: () => void;
  readonly logger: Logger;
}

/** As long as what an operator may say to a publish. */
const MAX_MESSAGE = 500;
const SHORT_ID = 7;

/** By whom something is done that `webhook` has caused. */
export const actorOf = (webhook: string): string => `webhook:${webhook}`;

/** `repository`: what the delivery names. Whether it was published, or was already. Never throws but for the signal's reason, when nothing is known to have come of it. */
export async function publishSource(
  options: PublishSourceOptions,
  source: WebhookSource,
  repository: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { audit, logger } = options;
  const act = {
    actor: actorOf(source.name),
    origin: 'webhook',
    action: 'config.publish',
    subject: '',
    detail: `from ${source.from(repository)}`,
  };
  try {
    const end = await audit.begin(act);
    const outcome = await outcomeOf(options, source, repository, signal).catch(async (error: unknown) => {
      await end({ ...act, detail: `${act.detail}; it is done again when the server is back`, result: 'STOPPING' });
      throw error;
    });
    await end({ ...act, ...outcome, detail: `${act.detail}; ${outcome.detail ?? ''}` });
    const { result = 'ok', detail } = outcome;
    logger[result === 'ok' ? 'info' : 'warn']({ webhook: source.name, result, detail }, 'webhook done');
    return result === 'ok';
  } catch (error) {
    if (signal.aborted) throw error;
    logger.error({ webhook: source.name, error: messageOf(error) }, 'webhook not done');
    return false;
  }
}

async function outcomeOf(
  { publisher, onPublished, logger }: PublishSourceOptions,
  source: WebhookSource,
  repository: string,
  signal: AbortSignal,
): Promise<Partial<AuditEvent>> {
  try {
    const { files, commit, subject } = await source.fetch(repository, signal);
    const { version, bytes } = await packArchive(files);
    const note = { actor: actorOf(source.name), message: messageFor(subject, commit) };
    const outcome = await publisher.publish({ version, size: bytes.length }, inOnePiece(bytes), note, signal);
    if ('problems' in outcome) {
      const [first] = outcome.problems;
      const where = first ? `; the first: ${first.file}:${first.line}:${first.column}: ${first.message}` : '';
      const detail = `${note.message}: ${outcome.problems.length} problems in the stacks, nothing was published${where}`;
      return { detail, result: 'STACKS_INVALID' };
    }
    onPublished();
    return publishedWords(create(PublishedConfigSchema, publishedMessage(outcome)));
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof VigoError) return { detail: error.message, result: error.code };
    logger.error({ webhook: source.name, error: error instanceof Error ? error.stack : error }, 'webhook failed');
    return { detail: messageOf(error), result: 'INTERNAL' };
  }
}

/** A commit's author writes what he likes; a history is read in a terminal. */
function messageFor(subject: string, commit: string): string {
  const id = ` (${commit.slice(0, SHORT_ID)})`;
  const clean = subject.replace(/\p{Cc}/gu, ' ').trim();
  return `${clean.slice(0, MAX_MESSAGE - id.length)}${id}`.trim();
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

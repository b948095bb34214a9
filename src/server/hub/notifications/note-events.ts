/** Which of the things that happen in a hub are events for others, and what is told of them. */
import { messageOf } from '../../../fleet/errors.ts';
import { noteOffline, type StaleEnvoys } from '../../../fleet/stale-envoys.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { createMutex } from '../../../platform/mutex.ts';
import type { OutboxRepository, SpokeMark } from '../../store/outbox-repository.ts';
import type { ConfigPublisher } from '../config/config-publisher.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { MoveService } from '../moves/move-service.ts';
import type { FleetEvent } from './fleet-event.ts';
import type { Outbox } from './outbox.ts';

export interface NoteEventsOptions {
  readonly outbox: Pick<Outbox, 'add' | 'idle'>;
  readonly repository: Pick<OutboxRepository, 'offlineSpokes'>;
  readonly monitor: Pick<SpokeMonitor, 'onHealth' | 'onStatus'>;
  readonly moves: Pick<MoveService, 'onEnded' | 'get'>;
  readonly publisher: Pick<ConfigPublisher, 'onPublished'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
}

/** From now on; before the first probe. */
export async function noteEvents(options: NoteEventsOptions): Promise<void> {
  const { outbox, moves, publisher, logger } = options;
  if (outbox.idle) return;
  // In the order in which it has happened, whatever the disk does.
  const mutex = createMutex();
  const note: Note = async (event, mark) => {
    try {
      await mutex.run(() => outbox.add(event, mark));
      return true;
    } catch (error) {
      logger.error({ type: event.type, ...event.data, error: messageOf(error) }, 'notification not written');
      return false;
    }
  };
  await noteHealth(options, note);
  noteStale(options, note);
  moves.onEnded(({ id }) => void noteMove(moves, id, note));
  publisher.onPublished(async ({ version, number, actor, message, rollback, files_changed }) => {
    const data = { version, number, actor, message, rollback: rollback !== 0, filesChanged: files_changed };
    await note({ type: 'config.published', data });
  });
}

/** Whether it could be written. */
type Note = (event: FleetEvent, mark?: SpokeMark) => Promise<boolean>;

/** Once when a spoke has failed, and once when it is healthy again, also if the hub was restarted in between. */
async function noteHealth({ monitor, repository }: NoteEventsOptions, note: Note): Promise<void> {
  const offline = new Set(await repository.offlineSpokes());
  const writing = new Set<string>();
  const change = async (spoke: string, event: FleetEvent, mark: SpokeMark): Promise<void> => {
    writing.add(spoke);
    // What could not be written is news at the next probe, too.
    if (await note(event, mark)) {
      if (mark.offline) offline.add(spoke);
      else offline.delete(spoke);
    }
    writing.delete(spoke);
  };
  monitor.onHealth((spoke, _before, { health, reason }) => {
    if (writing.has(spoke)) return;
    const failed = health === 'unhealthy' || health === 'unreachable';
    if (failed && !offline.has(spoke))
      void change(spoke, { type: 'spoke.offline', spoke, data: { spoke, health, reason } }, { spoke, offline: true });
    if (health === 'healthy' && offline.has(spoke))
      void change(spoke, { type: 'spoke.recovered', spoke, data: { spoke, health } }, { spoke, offline: false });
  });
}

function noteStale({ monitor, clock }: NoteEventsOptions, note: Note): void {
  const known = new Map<string, StaleEnvoys>();
  monitor.onStatus((spoke, { compliance, envoyCount }) => {
    const offline = compliance?.offline ?? 0;
    const { state, more } = noteOffline(known.get(spoke), offline, clock.monotonic());
    known.set(spoke, state);
    if (more > 0)
      void note({ type: 'envoy.stale', spoke, data: { spoke, offline, newlyOffline: more, envoys: envoyCount } });
  });
}

async function noteMove(moves: Pick<MoveService, 'get'>, id: string, note: Note): Promise<void> {
  // It may be beyond reading when the server stops; how it ended is in the journal.
  const view = await moves.get(id).catch(() => undefined);
  if (!view) return;
  const { state, reason, matched, moved, failedCount: failed, skippedCount: skipped, actor } = view;
  await note({ type: 'move.finished', data: { move: id, state, reason, matched, moved, failed, skipped, actor } });
}

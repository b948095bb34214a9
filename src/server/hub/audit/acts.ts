/**
 * What of `AdminService` is an act, and how the audit log tells of it: every method that changes something has an entry here, and
 * a test sees to it.
 */
import type { MessageShape } from '@bufbuild/protobuf';
import { Role } from '../../../gen/vigo/v1/access_pb.js';
import { type AdminService, MoveReason } from '../../../gen/vigo/v1/admin_pb.js';
import type { MoveRepository } from '../../store/move-repository.ts';
import { type AuditEvent, MAX_NAMED_ENVOYS } from './audit-log.ts';
import { publishedWords } from './published-words.ts';

type Methods = typeof AdminService.method;
/** What is told of an act; what is left out stays as it was known before. */
type Told = Partial<Pick<AuditEvent, 'subject' | 'detail' | 'envoys' | 'envoyCount' | 'result'>>;

export interface ActTools {
  readonly moves: Pick<MoveRepository, 'items'>;
}

export interface ActSpec<I, O> {
  /** Its name in the log. */
  readonly action: string;
  /** What is known before it is done; undefined if nothing will be done. */
  before(request: I): { readonly subject: string; readonly detail: string } | undefined;
  /** What is known when it was done. */
  after?(response: O, tools: ActTools): Told | Promise<Told>;
}

export type ActSpecs<Names extends keyof Methods> = {
  readonly [K in Names]: ActSpec<MessageShape<Methods[K]['input']>, MessageShape<Methods[K]['output']>>;
};

export type ActName =
  | 'revokeEnvoy'
  | 'startMove'
  | 'cancelMove'
  | 'cordonSpoke'
  | 'uncordonSpoke'
  | 'createJoinToken'
  | 'createEnrollmentToken'
  | 'revokeEnrollmentToken'
  | 'publishConfig'
  | 'rollbackConfig'
  | 'createUser'
  | 'revokeUser'
  | 'revokeSession'
  | 'retryNotification'
  | 'beginCaRotation'
  | 'finishCaRotation';

export const ACTS: ActSpecs<ActName> = {
  revokeEnvoy: {
    action: 'envoy.revoke',
    before: ({ envoy }) => ({ subject: envoy, detail: '' }),
    after: ({ id, hostname, delivered }) => ({
      subject: id,
      detail: delivered ? 'its spoke has confirmed' : 'its spoke is told when it answers',
      envoys: [hostname],
    }),
  },
  startMove: {
    action: 'move.start',
    before: (request) =>
      request.dryRun ? undefined : { subject: request.from || request.hostname, detail: moveWords(request) },
    async after({ move }, { moves }) {
      if (!move) return {};
      const items = move.id ? await moves.items(move.id, MAX_NAMED_ENVOYS) : [];
      const legs = move.plan.map(({ from, to, envoys }) => `${envoys} from ${from} to ${to}`).join(', ');
      return {
        subject: move.id || undefined,
        detail: [moveWords({ reason: move.reason, comment: move.comment }), legs || 'nothing to move'].join('; '),
        envoys: items.map(({ hostname }) => hostname),
        envoyCount: move.plan.reduce((sum, { envoys }) => sum + envoys, 0),
      };
    },
  },
  cancelMove: {
    action: 'move.cancel',
    before: ({ id }) => ({ subject: id, detail: '' }),
    after: ({ move }) => ({ detail: `${move?.moved ?? 0} of ${move?.matched ?? 0} envoys had been moved` }),
  },
  cordonSpoke: { action: 'spoke.cordon', before: ({ id, comment }) => ({ subject: id, detail: comment }) },
  uncordonSpoke: { action: 'spoke.uncordon', before: ({ id }) => ({ subject: id, detail: '' }) },
  createJoinToken: {
    action: 'token.create',
    before: ({ spokeId }) => ({ subject: spokeId, detail: 'join token' }),
  },
  createEnrollmentToken: {
    action: 'token.create',
    before: ({ uses, comment }) => ({ subject: '', detail: words(`enrolment token, ${uses || 1} uses`, comment) }),
    after: ({ id }) => ({ subject: id }),
  },
  revokeEnrollmentToken: { action: 'token.revoke', before: ({ id }) => ({ subject: id, detail: 'enrolment token' }) },
  publishConfig: {
    action: 'config.publish',
    before: () => ({ subject: '', detail: 'an archive is uploaded' }),
    after: ({ problems, published }) =>
      published
        ? publishedWords(published)
        : { detail: `${problems.length} problems in the stacks, nothing was published`, result: 'STACKS_INVALID' },
  },
  rollbackConfig: {
    action: 'config.rollback',
    before: ({ version, message }) => ({ subject: version, detail: message }),
    after: ({ published }) => (published ? publishedWords(published) : {}),
  },
  createUser: {
    action: 'user.create',
    before: ({ name, role }) => ({ subject: name, detail: role === Role.ADMIN ? 'admin' : 'viewer' }),
  },
  revokeUser: {
    action: 'user.revoke',
    before: ({ user }) => ({ subject: user, detail: '' }),
    after: ({ user, sessionsEnded }) => ({ subject: user?.name, detail: `${sessionsEnded} sessions ended` }),
  },
  revokeSession: {
    action: 'session.end',
    before: ({ id }) => ({ subject: id, detail: '' }),
    after: ({ session }) => ({ detail: `session of ${session?.user ?? ''}` }),
  },
  retryNotification: {
    action: 'notification.retry',
    before: ({ id }) => ({ subject: id, detail: '' }),
    after: ({ notification }) => ({ detail: words(notification?.type ?? '', notification?.spoke ?? '') }),
  },
  beginCaRotation: {
    action: 'ca.rotate',
    before: () => ({ subject: '', detail: 'a new CA takes over' }),
    after: ({ pki }) => ({ subject: pki?.ca?.sha256, detail: `it takes over from ${pki?.formerCa?.sha256 ?? ''}` }),
  },
  finishCaRotation: {
    action: 'ca.finish',
    before: ({ force }) => ({ subject: '', detail: force ? 'also if not everybody has moved' : '' }),
    after: ({ pki }) => ({
      subject: pki?.ca?.sha256,
      detail: `the only CA now; ${pki?.envoysMoved ?? 0} of ${pki?.envoys ?? 0} envoys have confirmed that`,
    }),
  },
};

const words = (...parts: string[]): string => parts.filter(Boolean).join(': ');

interface Wish {
  readonly reason: MoveReason;
  readonly hostname?: string;
  readonly from?: string;
  readonly to?: string;
  readonly comment: string;
}

function moveWords({ reason, hostname, from, to, comment }: Wish): string {
  const what = MoveReason[reason]?.toLowerCase() ?? 'move';
  const which = [hostname, from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ');
  return words([what, which].filter(Boolean).join(' '), comment);
}

/** What machines ask of a hub: to be enrolled or to join, who serves them, and that it hears how they are. */
import type { X509Certificate } from 'node:crypto';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { agentLimits, ENROLLMENT_LIMIT } from '../../fleet/call-limits.ts';
import type { CheckinPace } from '../../fleet/checkin-schedule.ts';
import type { EnrollmentService } from '../../gen/vigo/v1/enrollment_pb.js';
import type { HubService } from '../../gen/vigo/v1/hub_pb.js';
import type { Clock } from '../../platform/clock.ts';
import { createGate } from '../platform/gate.ts';
import type { Enrollment } from './enrollment.ts';
import type { Locate } from './locate.ts';
import type { PartitionEndpoint } from './partition-links.ts';
import type { EnvoyCertificates } from './pki/envoy-certificates.ts';
import type { JoinSpoke } from './pki/spoke-joining.ts';
import type { Report, ReportingSpoke } from './spoke-reports.ts';

/** Who calls; each throws PERMISSION_DENIED for whoever is something else. */
export interface Callers {
  readonly envoyPeer: (context: HandlerContext) => { envoyId: string; keyHash: string };
  readonly reportingSpoke: (context: HandlerContext) => ReportingSpoke;
  /** The certificate that the caller's connection shows. */
  readonly shownCertificate: (context: HandlerContext) => X509Certificate | undefined;
}

export interface MachineServicesOptions extends Callers {
  readonly enrollment: Pick<Enrollment, 'enroll'>;
  /** Goes around each attempt to enrol; default nothing. */
  readonly counted?: <T>(attempt: () => Promise<T>) => Promise<T>;
  readonly joinSpoke: JoinSpoke;
  readonly locate: Locate;
  readonly report: Report;
  readonly envoyCertificates: Pick<EnvoyCertificates, 'renew' | 'confirm'>;
  /** Every CA certificate that is to be trusted now, PEM. */
  readonly trustPem: () => string;
  /** Where agents ask `Locate`. */
  readonly endpoint: () => PartitionEndpoint;
  readonly pace: CheckinPace;
  readonly clock: Clock;
}

export function createMachineServices(options: MachineServicesOptions): {
  enrollmentService: ServiceImpl<typeof EnrollmentService>;
  hubService: ServiceImpl<typeof HubService>;
} {
  const { trustPem, envoyCertificates, pace, clock, counted = (attempt) => attempt() } = options;
  const enrolments = createGate({ what: 'enrolments', limit: ENROLLMENT_LIMIT, clock });
  const searches = createGate({ what: 'agents that look for their spoke', limit: agentLimits(pace).locate, clock });
  const renewals = createGate({ what: 'renewals of certificates', limit: agentLimits(pace).renew, clock });
  return {
    enrollmentService: {
      enroll: (request) =>
        counted(async () => {
          using _entered = enrolments.enter();
          const { placement, link, certificatePem } = await options.enrollment.enroll(request);
          const { id: envoyId, epoch } = placement;
          return {
            envoyId,
            certificatePem,
            caPem: trustPem(),
            owner: link.endpoint,
            epoch,
            hubs: [options.endpoint()],
          };
        }),
      async joinSpoke(request) {
        using _entered = enrolments.enter();
        return { certificatePem: await options.joinSpoke(request), caPem: trustPem() };
      },
    },
    hubService: {
      locate(request, context) {
        const peer = options.envoyPeer(context);
        searches.enter(peer.envoyId);
        return options.locate(peer, request.epoch);
      },
      renewCertificate(_request, context) {
        const peer = options.envoyPeer(context);
        renewals.enter(peer.envoyId);
        return envoyCertificates.renew(peer);
      },
      async confirmCertificate({ trustTag }, context) {
        const peer = options.envoyPeer(context);
        renewals.enter(peer.envoyId);
        await envoyCertificates.confirm(peer, options.shownCertificate(context), trustTag);
        return {};
      },
      report: (request, context) => options.report(request, options.reportingSpoke(context)),
    },
  };
}

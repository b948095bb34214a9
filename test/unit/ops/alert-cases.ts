/** For each alert: what must make it fire, and what is close to that and must not. */
import { growing, type Series, START_MS, series, steady } from '../../support/promql/series.ts';

export interface AlertCase {
  readonly what: string;
  readonly series: readonly Series[];
  /** After so many minutes. */
  readonly after: number;
}

export interface AlertCases {
  readonly fires: readonly AlertCase[];
  readonly silent: readonly AlertCase[];
}

const DAY_S = 86_400;
const START_S = START_MS / 1000;

const health = (name: string, values: Series['values']) =>
  series('vigo_spoke_health', { spoke: 'dc1', health: name }, values);
const up = (values: Series['values']) => series('up', {}, values);
const envoys = (counts: Readonly<Record<string, number>>, minutes: number) =>
  Object.entries(counts).map(([status, count]) =>
    series('vigo_envoys', { spoke: 'dc1', status }, steady(count, minutes)),
  );
const checkIns = (perMinute: Readonly<Record<string, number>>, minutes: number) =>
  Object.entries(perMinute).map(([result, count]) =>
    series('vigo_checkins_total', { instance: 'dc1:9530', result }, growing(count, minutes)),
  );
const delay = (quantile: string, values: Series['values']) =>
  series('vigo_event_loop_delay_seconds', { quantile }, values);
const enrolments = (result: string, values: Series['values']) => series('vigo_enrollments_total', { result }, values);
const license = (used: number, minutes = 20) => [
  series('vigo_envoys_enrolled', {}, steady(used, minutes)),
  series('vigo_license_envoys_limit', {}, steady(500, minutes)),
];
const expires = (inDays: number) =>
  series('vigo_license_expiry_timestamp_seconds', {}, steady(START_S + inDays * DAY_S, 30));
const lifeUsed = (ratio: number) =>
  series('vigo_certificate_life_used_ratio', { certificate: 'server' }, steady(ratio, 30));
const incomplete = (state: string, values: Series['values']) =>
  series('vigo_moves_ended_total', { reason: 'drain', state }, values);
const held = (guard: string, values: Series['values']) =>
  series('vigo_failover_held_envoys', { spoke: 'dc1', guard }, values);
const audit = (result: string, values: Series['values']) => series('vigo_audit_entries_total', { result }, values);
const behind = (values: Series['values']) => series('vigo_spoke_config_behind_seconds', { spoke: 'dc1' }, values);
const build = (role: string, values: Series['values']) => series('vigo_build_info', { version: '1.0.0', role }, values);
const single = (metric: string, values: Series['values']) => series(metric, {}, values);
/** A metric that holds since the fifth minute. */
const sinceFive = (value: number) => [...steady(0, 5), ...steady(value, 20)];

export const ALERT_CASES: Readonly<Record<string, AlertCases>> = {
  VigoServerDown: {
    fires: [{ what: 'down for three minutes', series: [up([...steady(1, 5), ...steady(0, 4)])], after: 8 }],
    silent: [
      { what: 'restarted within a minute', series: [up([1, 1, 0, 1, 1, 0, 1])], after: 5 },
      { what: 'another program is down', series: [series('up', { job: 'node' }, steady(0, 10))], after: 9 },
    ],
  },
  VigoHubMissing: {
    fires: [{ what: 'spokes only', series: [build('spoke', steady(1, 20))], after: 10 }],
    silent: [
      { what: 'a hub is there', series: [build('hub', steady(1, 20))], after: 10 },
      { what: 'a standalone server is there', series: [build('standalone', steady(1, 20))], after: 10 },
      { what: 'the hub has been away for a short time', series: [build('hub', steady(1, 10))], after: 16 },
    ],
  },
  VigoEventLoopDelay: {
    fires: [{ what: 'late for eleven minutes', series: [delay('0.99', sinceFive(0.4))], after: 16 }],
    silent: [
      { what: 'late for five minutes', series: [delay('0.99', sinceFive(0.4))], after: 10 },
      { what: 'late once in a while', series: [delay('1', steady(3, 30)), delay('0.99', steady(0.01, 30))], after: 25 },
    ],
  },
  VigoLicenseExpires: {
    fires: [
      { what: 'in ten days', series: [expires(10)], after: 15 },
      { what: 'a day ago', series: [expires(-1)], after: 15 },
    ],
    silent: [{ what: 'in fifteen days', series: [expires(15)], after: 15 }],
  },
  VigoCertificateNotRenewed: {
    fires: [{ what: 'at nine tenths', series: [lifeUsed(0.9)], after: 15 }],
    silent: [{ what: 'just being renewed', series: [lifeUsed(0.68)], after: 15 }],
  },
  VigoSpokeDown: {
    fires: [
      { what: 'unhealthy', series: [health('unhealthy', sinceFive(1)), health('healthy', steady(0, 25))], after: 7 },
      { what: 'unreachable', series: [health('unreachable', sinceFive(1))], after: 7 },
    ],
    silent: [
      { what: 'suspect', series: [health('suspect', steady(1, 20)), health('unhealthy', steady(0, 20))], after: 15 },
      { what: 'healthy', series: [health('healthy', steady(1, 20))], after: 15 },
    ],
  },
  VigoSpokeConfigBehind: {
    fires: [{ what: 'for twenty minutes', series: [behind(growing(60, 30))], after: 20 }],
    silent: [
      { what: 'for ten minutes', series: [behind(growing(60, 30))], after: 10 },
      { what: 'not any more', series: [behind([...growing(60, 20), ...steady(0, 5)])], after: 22 },
    ],
  },
  VigoSpokeNotReporting: {
    fires: [
      {
        what: 'last taken a quarter of an hour ago',
        series: [single('vigo_hub_last_report_timestamp_seconds', steady(START_S, 30))],
        after: 15,
      },
    ],
    silent: [
      {
        what: 'every minute',
        series: [single('vigo_hub_last_report_timestamp_seconds', growing(60, 30, START_S))],
        after: 25,
      },
      { what: 'a spoke that does not report at all', series: [build('spoke', steady(1, 30))], after: 25 },
    ],
  },
  VigoFailoverFrozen: {
    fires: [{ what: 'for three minutes', series: [single('vigo_failover_frozen', sinceFive(1))], after: 8 }],
    silent: [
      { what: 'for a minute', series: [single('vigo_failover_frozen', sinceFive(1))], after: 6 },
      { what: 'not', series: [single('vigo_failover_frozen', steady(0, 20))], after: 15 },
    ],
  },
  VigoFailoverHeld: {
    fires: [{ what: 'reporting, for six minutes', series: [held('reporting', steady(40, 20))], after: 6 }],
    silent: [
      { what: 'while another is drained', series: [held('running', steady(40, 4))], after: 4 },
      { what: 'no place, which has an alert of its own', series: [held('no_place', steady(40, 20))], after: 15 },
      { what: 'one guard after the other', series: [held('running', steady(4, 4))], after: 12 },
    ],
  },
  VigoRestoreUnreconciled: {
    fires: [{ what: 'one spoke', series: [single('vigo_restore_unreconciled_spokes', sinceFive(1))], after: 22 }],
    silent: [
      { what: 'none', series: [single('vigo_restore_unreconciled_spokes', steady(0, 30))], after: 25 },
      { what: 'for ten minutes', series: [single('vigo_restore_unreconciled_spokes', sinceFive(1))], after: 15 },
    ],
  },
  VigoEnvoysUnplaced: {
    fires: [{ what: 'one envoy', series: [single('vigo_envoys_unplaced', sinceFive(1))], after: 8 }],
    silent: [{ what: 'none', series: [single('vigo_envoys_unplaced', steady(0, 20))], after: 15 }],
  },
  VigoMoveIncomplete: {
    fires: [{ what: 'one', series: [incomplete('incomplete', [...steady(0, 5), ...steady(1, 20)])], after: 10 }],
    silent: [
      {
        what: 'all done',
        series: [incomplete('done', growing(1, 30)), incomplete('incomplete', steady(2, 30))],
        after: 20,
      },
      { what: 'an hour ago', series: [incomplete('incomplete', [...steady(0, 5), ...steady(1, 70)])], after: 65 },
      {
        what: 'the hub was restarted',
        series: [incomplete('incomplete', [...steady(3, 5), ...steady(0, 20)])],
        after: 10,
      },
    ],
  },
  VigoEnvoysOffline: {
    fires: [{ what: 'a fifth', series: envoys({ converged: 80, offline: 20 }, 30), after: 15 }],
    silent: [
      { what: 'one in a hundred', series: envoys({ converged: 990, offline: 10 }, 30), after: 15 },
      { what: 'one of three', series: envoys({ converged: 2, offline: 1 }, 30), after: 15 },
      { what: 'an empty spoke', series: envoys({ converged: 0, offline: 0 }, 30), after: 15 },
    ],
  },
  VigoEnvoysFailed: {
    fires: [{ what: 'failed and degraded', series: envoys({ converged: 80, failed: 6, degraded: 6 }, 30), after: 20 }],
    silent: [
      { what: 'for ten minutes', series: envoys({ converged: 80, failed: 20 }, 30), after: 10 },
      { what: 'few', series: envoys({ converged: 9, failed: 2, degraded: 2 }, 30), after: 20 },
      { what: 'only changed again and again', series: envoys({ converged: 50, diverged: 50 }, 30), after: 20 },
    ],
  },
  VigoCheckInsRefused: {
    fires: [{ what: 'one in ten', series: checkIns({ served: 80, redirected: 10, refused: 10 }, 30), after: 25 }],
    silent: [
      { what: 'one in a hundred', series: checkIns({ served: 99, redirected: 0, refused: 1 }, 30), after: 25 },
      { what: 'nobody checks in', series: checkIns({ served: 0, redirected: 0, refused: 0 }, 30), after: 25 },
    ],
  },
  VigoEnrollmentsFail: {
    fires: [
      { what: 'no pattern', series: [enrolments('no_spoke', [...steady(0, 5), ...steady(1, 20)])], after: 8 },
      { what: 'no license', series: [enrolments('license', growing(1, 20))], after: 8 },
    ],
    silent: [
      {
        what: 'bad tokens',
        series: [enrolments('token', growing(5, 20)), enrolments('license', steady(0, 20))],
        after: 15,
      },
    ],
  },
  VigoLicenseNearlyUsed: {
    fires: [{ what: '96 %', series: license(480), after: 15 }],
    silent: [{ what: '80 %', series: license(400), after: 15 }],
  },
  VigoAuditNotWritten: {
    fires: [{ what: 'once', series: [audit('failed', [...steady(0, 5), ...steady(1, 10)])], after: 6 }],
    silent: [
      { what: 'all written', series: [audit('written', growing(3, 20)), audit('failed', steady(0, 20))], after: 15 },
    ],
  },
};

/** What a seed decides of the faults of a history: what breaks, and when. What then happens is in faults.ts. */
import type { Random } from '../engine/random.ts';

/** When a fault happens: at a step of the history, or around the nth entry that any journal gets. */
export type When = { readonly step: number } | { readonly journal: number; readonly at: 'before' | 'after' | 'answer' };

export type Fault =
  /** A worker dies, and another takes its place, on the same machine or on one without its staged files. */
  | {
      readonly kind: 'kill';
      readonly when: When;
      readonly machine: 'same' | 'other';
      readonly downMs: number;
    }
  /** A worker stands still, and wakes up later. */
  | { readonly kind: 'freeze'; readonly when: When; readonly forMs: number }
  /** A worker is stopped in good order, and started again. */
  | { readonly kind: 'restart'; readonly when: When; readonly graceMs: number }
  | { readonly kind: 'clock'; readonly when: When; readonly byMs: number }
  | { readonly kind: 'database_away'; readonly when: When; readonly forMs: number }
  | { readonly kind: 'database_slow'; readonly when: When; readonly byMs: number }
  /** The database ends all statements and transactions, and refuses connections until it has started. */
  | { readonly kind: 'database_restarts'; readonly when: When; readonly forMs: number }
  /** The answer to the commit of the nth journal entry is lost. */
  | { readonly kind: 'commit_lost'; readonly when: When }
  | { readonly kind: 'disk_full'; readonly when: When; readonly forMs: number }
  | { readonly kind: 'disk_lost'; readonly when: When }
  | { readonly kind: 'source_breaks'; readonly job: number; readonly scan: number; readonly block: number }
  | SourceAwayFault
  | { readonly kind: 'audience_deleted' | 'audience_renamed'; readonly when: When; readonly job: number }
  | UpgradeFault
  | FingerprintFault
  | { readonly kind: 'key_revoked'; readonly when: When; readonly key: number; readonly forMs: number }
  | LineFault
  | LyAdsEvent
  | LyAdsFault
  | OfficialAccountEvent
  | OfficialAccountFault;

/** What happens to the fingerprints of members. */
export interface FingerprintFault {
  readonly kind: (typeof fingerprintFaultKinds)[number];
  readonly when: When;
  /** For how long nobody can read or write them. Only of those that are away. */
  readonly forMs: number;
}

const fingerprintFaultKinds = [
  'fingerprints_lost',
  'fingerprints_damaged',
  'fingerprints_away',
  'fingerprints_forgotten',
  'fingerprints_key_lost',
  'fingerprints_tidied',
] as const;

/** What happens at LY Ads. */
export type LyAdsEvent =
  /** The access tokens of an application end before their time. */
  | { readonly kind: 'tokens_expired'; readonly when: When; readonly key: number }
  /** The refresh token is deleted, too. A person connects again after some time. */
  | { readonly kind: 'tokens_deleted'; readonly when: When; readonly key: number; readonly forMs: number }
  /** The data connection of a list has stopped, until an ad uses it again. */
  | { readonly kind: 'connection_stopped'; readonly when: When; readonly job: number; readonly forMs: number }
  /** A person uploads some members in the tool of LY. */
  | { readonly kind: 'uploaded_elsewhere'; readonly when: When; readonly job: number };

/** What goes wrong with the nth request to an endpoint of LY Ads. */
export interface LyAdsFault {
  readonly kind: (typeof lyAdsFaultKinds)[number];
  readonly lyEndpoint: 'upload' | 'upload-status' | 'lists' | 'add' | 'token';
  readonly nth: number;
  readonly count: number;
}

export const lyAdsFaultKinds = [
  'ly_too_many',
  'ly_forbidden',
  'ly_5xx_before',
  'ly_5xx_after',
  'ly_internal_after',
  'ly_reset_before',
  'ly_reset_read',
  'ly_reset_after',
  'ly_slow',
  'ly_slow_after',
  'ly_garbled',
  'ly_job_failed',
  'ly_job_invalid',
  'ly_job_stuck',
  'ly_job_late',
] as const;

/** What happens at LINE Official Account, beside the end of tokens. */
export type OfficialAccountEvent =
  /** The audience is 180 days old, or LINE has ended it earlier. */
  | { readonly kind: 'audience_expired'; readonly when: When; readonly job: number }
  /** Others send so many files to the audience. LINE shows the last fifty. */
  | { readonly kind: 'uploads_elsewhere'; readonly when: When; readonly job: number; readonly count: number }
  /** Somebody makes an audience with the name that the job wants. */
  | { readonly kind: 'name_used'; readonly when: When; readonly job: number }
  /** The channel has as many audiences as LINE allows, until a person deletes some. */
  | { readonly kind: 'channel_full'; readonly when: When; readonly key: number; readonly forMs: number };

/** What goes wrong with the nth request to an endpoint of LINE Official Account. */
export interface OfficialAccountFault {
  readonly kind: (typeof officialAccountFaultKinds)[number];
  readonly oaEndpoint: 'create' | 'add' | 'get' | 'list' | 'token';
  readonly nth: number;
  readonly count: number;
}

export const officialAccountFaultKinds = [
  'oa_429',
  'oa_forbidden',
  'oa_token_ended',
  'oa_5xx_before',
  'oa_5xx_after',
  'oa_redirect_after',
  'oa_reset_before',
  'oa_reset_middle',
  'oa_reset_read',
  'oa_reset_after',
  'oa_slow',
  'oa_slow_after',
  'oa_garbled',
  'oa_unknown_word',
  'oa_job_failed',
  'oa_job_insufficient',
  'oa_job_queued',
  'oa_job_stuck',
  'oa_job_late',
] as const;

/** A newer version updates the tables while workers of the older one run. */
export interface UpgradeFault {
  readonly kind: 'upgrade';
  readonly when: When;
  /** How many of its workers start, beside the older ones. */
  readonly workers: number;
  /** Whether the older version may not work on its tables. */
  readonly excludes: boolean;
  /** After how much time a job asks for something that only the newer version knows; null for never. */
  readonly usedAfterMs: number | null;
  /**
   * After how much time the upgrade is undone: older workers take the place of newer ones, beside the runs that those
   * have begun.
   */
  readonly undoneAfterMs: number | null;
}

/** Some scans of a source fail at once, as while dbt makes its table anew. */
export interface SourceAwayFault {
  readonly kind: 'source_away';
  readonly job: number;
  /** The first of them. */
  readonly scan: number;
  readonly count: number;
  readonly code: 'source_not_found' | 'field_not_found' | 'source_unauthorized';
}

type OuterFault =
  | Extract<Fault, { kind: 'source_breaks' | 'audience_deleted' | 'audience_renamed' | 'key_revoked' }>
  | LineFault;

/** The kinds that happen in all histories in the same way. */
export type CommonFault =
  | Extract<Fault, { kind: 'clock' | 'disk_full' | 'source_breaks' | 'audience_deleted' | 'audience_renamed' }>
  | LineFault;

/** What goes wrong with the nth request to an endpoint. */
export interface LineFault {
  readonly kind:
    | 'line_429'
    | 'line_5xx_before'
    | 'line_5xx_after'
    | 'line_reset_before'
    | 'line_reset_after'
    | 'line_slow'
    | 'line_slow_after'
    | 'line_garbled'
    | 'line_busy'
    | 'line_job_failed'
    | 'line_job_stuck';
  readonly endpoint: 'upload' | 'upload-jobs' | 'list';
  readonly nth: number;
  readonly count: number;
}

/** What breaks outside of Lineup: at a source, and at LINE. */
export const outerFaultKinds: readonly OuterFault['kind'][] = [
  'source_breaks',
  'audience_deleted',
  'audience_renamed',
  'key_revoked',
  'line_429',
  'line_5xx_before',
  'line_5xx_after',
  'line_reset_before',
  'line_reset_after',
  'line_slow',
  'line_slow_after',
  'line_garbled',
  'line_busy',
  'line_job_failed',
  'line_job_stuck',
];

type FirstFault = Exclude<
  Fault,
  | { kind: 'database_restarts' | 'source_away' | 'upgrade' | FingerprintFault['kind'] }
  | { kind: (LyAdsEvent | OfficialAccountEvent)['kind'] }
  | LyAdsFault
  | OfficialAccountFault
>;

/** Without those that came later, which have streams of numbers of their own. */
const faultKinds: readonly FirstFault['kind'][] = [
  'kill',
  'freeze',
  'restart',
  'clock',
  'database_away',
  'database_slow',
  'commit_lost',
  'disk_full',
  'disk_lost',
  ...outerFaultKinds,
];

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

export function whenOf(random: Random): When {
  if (random.chance(0.5)) return { step: Math.floor(random.next() ** 2 * 400) };
  return {
    journal: Math.floor(random.next() ** 1.5 * 30) + 1,
    at: random.pick(['before', 'after', 'answer']),
  };
}

export function faultOf(random: Random, jobs: number): Fault {
  const kind = random.pick(faultKinds);
  return firstFaultOf(random, kind, jobs);
}

/** The rest of a fault of this kind. */
export function firstFaultOf(random: Random, kind: FirstFault['kind'], jobs: number): FirstFault {
  const when = whenOf(random);
  const job = random.between(0, jobs - 1);
  switch (kind) {
    case 'kill':
      return {
        kind,
        when,
        machine: random.chance(0.7) ? 'same' : 'other',
        downMs: random.pick([0, 1, 20, 60, 120]) * SECOND,
      };
    case 'freeze':
      return { kind, when, forMs: random.pick([1, 15, 31, 45, 90]) * SECOND };
    case 'restart':
      return { kind, when, graceMs: random.pick([0, 2, 30]) * SECOND };
    case 'database_away':
      return { kind, when, forMs: random.pick([1, 12, 40, 90]) * SECOND };
    case 'database_slow':
      return { kind, when, byMs: random.pick([1, 8, 35]) * SECOND };
    case 'commit_lost':
      return { kind, when };
    case 'disk_lost':
      return { kind, when };
    case 'key_revoked':
      return { kind, when, key: random.between(0, 1), forMs: random.pick([10, 60, 300]) * SECOND };
    default:
      return commonFaultOf(random, kind, when, job);
  }
}

/** In few histories. */
export const databaseRestarts = (random: Random): Fault[] =>
  random.chance(0.12)
    ? [
        {
          kind: 'database_restarts',
          when: whenOf(random),
          forMs: random.pick([0, 1, 5, 20, 60]) * SECOND,
        },
      ]
    : [];

/** In few histories. Twenty tries last longer than a job tries again. */
export const sourcesAway = (random: Random, jobs: number): Fault[] =>
  random.chance(0.12)
    ? [
        {
          kind: 'source_away',
          job: random.between(0, jobs - 1),
          scan: random.between(1, 3),
          count: random.pick([1, 2, 20]),
          code: random.pick(['source_not_found', 'field_not_found', 'source_unauthorized']),
        },
      ]
    : [];

/** Only where there are fingerprints. */
export const fingerprintFaults = (random: Random): FingerprintFault[] =>
  Array.from({ length: random.pick([0, 1, 1, 2, 4]) }, () => ({
    kind: random.pick(fingerprintFaultKinds),
    when: whenOf(random),
    forMs: random.pick([1, 30, 120]) * SECOND,
  }));

/** In one history of eight. */
export function upgrades(random: Random): Fault[] {
  if (!random.chance(0.125)) return [];
  const excludes = random.chance(0.5);
  const after = (chance: number) => (random.chance(chance) ? random.pick([1, 5, 20, 60, 120]) * SECOND : null);
  return [
    {
      kind: 'upgrade',
      when: whenOf(random),
      workers: random.pick([1, 1, 2]),
      excludes,
      usedAfterMs: after(0.4),
      undoneAfterMs: excludes ? null : after(0.5),
    },
  ];
}

export function commonFaultOf(random: Random, kind: CommonFault['kind'], when: When, job: number): CommonFault {
  switch (kind) {
    case 'clock':
      return {
        kind,
        when,
        byMs: random.pick([-26 * HOUR, -HOUR, -90 * SECOND, 90 * SECOND, HOUR, 26 * HOUR]),
      };
    case 'disk_full':
      return { kind, when, forMs: random.pick([5, 120]) * SECOND };
    case 'source_breaks':
      return { kind, job, scan: random.between(1, 2), block: random.between(0, 6) };
    case 'audience_deleted':
    case 'audience_renamed':
      return { kind, when, job };
    default:
      return {
        kind,
        endpoint: lineEndpointOf(random, kind),
        nth: random.between(1, 8),
        count: random.pick([1, 1, 1, 2, 7]),
      };
  }
}

function lineEndpointOf(random: Random, kind: LineFault['kind']): LineFault['endpoint'] {
  const isOfUploads = kind === 'line_job_failed' || kind === 'line_job_stuck' || kind === 'line_busy';
  return isOfUploads ? 'upload' : random.pick(['upload', 'upload', 'upload-jobs', 'list']);
}

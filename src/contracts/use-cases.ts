/**
 * What the HTTP server is handed: the use cases, by noun. Who implements it checks rules of the domain, writes the audit
 * log in the same transaction as each change, and throws `LineupError`; the server checks shapes, roles and sessions. Users
 * and their passwords are the server's own affair (src/server/auth).
 *
 * Everything may throw `not_found` for an id that it is given, and `invalid_argument` with `fields` when a value is wrong:
 * all problems at once, each at its key.
 */
import type { AuditFilter, NewAuditEntry, ShownAuditEntry } from './audit.ts';
import type { Authorization, AuthorizationChange, NewAuthorization, Verification } from './authorizations.ts';
import type {
  AdAccountRef,
  AdAccounts,
  CustomAudience,
  CustomAudienceFilter,
  CustomAudienceSize,
  NewLookalike,
  Overlap,
  OverlapRequest,
} from './custom-audiences.ts';
import type { FieldError } from './errors.ts';
import type {
  BulkAction,
  BulkResult,
  JobAction,
  JobChange,
  JobListQuery,
  JobPage,
  JobTransition,
  JobView,
  NewJob,
  TagInUse,
} from './jobs.ts';
import type { Channel, ChannelChange, ChannelTest, MadeChannel, NewChannel } from './notifications.ts';
import type { Page, PageRequest } from './paging.ts';
import type { Actor, ApiToken, NewApiToken, Role } from './people.ts';
import type { RunDocument } from './run.ts';
import type { NumberedRunEvent, RunDetail, RunPage, RunUpdate } from './run-progress.ts';
import type { MatchingObservation, RunFilter, RunRequestEntry } from './runs.ts';
import type { Schedule } from './schedule.ts';
import type { Secret } from './secret.ts';
import type { SettingSection, SettingsInput, SettingsView } from './settings.ts';
import type {
  FileOptions,
  Preview,
  PreviewRequest,
  Sample,
  SampleRequest,
  Source,
  SourceAudiencePage,
  SourceFields,
} from './sources.ts';
import type { MetricsSnapshot, ReadinessCheck } from './status.ts';
import type { NewUpload, Upload, UploadPolicy } from './uploads.ts';

export interface UseCases {
  readonly authorizations: Authorizations;
  readonly sources: Sources;
  readonly uploads: Uploads;
  readonly customAudiences: CustomAudiences;
  readonly jobs: Jobs;
  readonly runs: Runs;
  readonly settings: SettingsStore;
  readonly notifications: Notifications;
  readonly apiTokens: ApiTokens;
  readonly auditLog: AuditLog;
  readonly signInAttempts: SignInAttempts;
  readonly status: Status;
}

/** A creation that a client may send twice, since its answer can get lost. */
export interface CreateOptions {
  /** The client's own name for this creation; the same key with another input is `idempotency_key_reused`. */
  readonly idempotencyKey?: string;
}

/** What was created, now or by an earlier request with the same key. */
export interface Created<T> {
  readonly value: T;
  readonly replayed: boolean;
}

export interface Authorizations {
  /** All of them, by label: an installation has a handful. */
  list(): Promise<readonly Authorization[]>;
  get(id: string): Promise<Authorization>;
  create(input: NewAuthorization, actor: Actor, options?: CreateOptions): Promise<Created<Authorization>>;
  /** @throws {LineupError} `changed_meanwhile` when `revision` is not the newest */
  change(id: string, revision: number, change: AuthorizationChange, actor: Actor): Promise<Authorization>;
  /** @throws {LineupError} `authorization_in_use`, naming the jobs */
  delete(id: string, actor: Actor): Promise<void>;
  /** Tries the credentials and keeps what was found as its health; for LINE Ads, against an ad account. */
  verify(
    id: string,
    options: { adAccountId?: string },
    actor: Actor,
    signal: AbortSignal,
  ): Promise<Verification>;
  /** The jobs that use it. */
  usedBy(id: string): Promise<readonly { id: string; name: string }[]>;
}

export interface Sources {
  /** Files first, then each authorization of a source. */
  list(): Promise<readonly Source[]>;
  /** `authorizationId` null: files. `search` is part of a name. */
  audiences(
    authorizationId: string | null,
    page: PageRequest & { search?: string },
    signal: AbortSignal,
  ): Promise<SourceAudiencePage>;
  /** @throws {LineupError} `not_permitted` where whoever has that role may not look */
  fields(
    role: Role,
    authorizationId: string | null,
    audienceId: string,
    signal: AbortSignal,
    options?: FileOptions,
  ): Promise<SourceFields>;
  /** @throws {LineupError} `not_permitted` where whoever has that role may not look */
  sample(role: Role, request: SampleRequest, signal: AbortSignal): Promise<Sample>;
  /**
   * Scans without sending; ends early when `signal` is aborted.
   * @throws {LineupError} `not_permitted` where whoever has that role may not look
   */
  preview(role: Role, request: PreviewRequest, signal: AbortSignal): Promise<Preview>;
}

/** What is uploaded, as it comes. */
export interface UploadContent {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** How many bytes will come, where the client said so; null where it did not. */
  readonly length: number | null;
}

/** Files that people upload. Their names may be personal: who may read sources may not see them for that alone. */
export interface Uploads {
  /** The largest file that is taken, in bytes. */
  readonly maxBytes: number;
  /** Those that are there, newest first. */
  list(): Promise<readonly Upload[]>;
  /** Also one that was deleted, as long as a job speaks of it. */
  get(id: string): Promise<Upload>;
  /**
   * Nothing is left of one that breaks off or is refused.
   * @throws {LineupError} `upload_too_large`, `disk_full`, `source_*` for a file that cannot be exported
   */
  create(input: NewUpload, content: UploadContent, actor: Actor, signal: AbortSignal): Promise<Upload>;
  /** @throws {LineupError} `upload_in_use` when a job with a schedule needs it kept */
  change(id: string, policy: UploadPolicy, actor: Actor): Promise<Upload>;
  /** @throws {LineupError} `upload_in_use`, naming the jobs */
  delete(id: string, actor: Actor): Promise<void>;
}

/** LINE's side; a refusal of LINE's is a `line_*` error with its own `reason`. */
export interface CustomAudiences {
  /** Of LINE and of jobs; LINE's refusal to list them is told beside those of jobs. */
  accounts(authorizationId: string, signal: AbortSignal): Promise<AdAccounts>;
  list(filter: CustomAudienceFilter & PageRequest, signal: AbortSignal): Promise<Page<CustomAudience>>;
  get(account: AdAccountRef, id: string, signal: AbortSignal): Promise<CustomAudience>;
  /** What it holds now, by our runs and by LINE's words: the base of the guard. */
  size(account: AdAccountRef, id: string, signal: AbortSignal): Promise<CustomAudienceSize>;
  rename(account: AdAccountRef, id: string, name: string, actor: Actor): Promise<CustomAudience>;
  /** LINE accepts the deletion and carries it out afterwards. */
  delete(account: AdAccountRef, id: string, actor: Actor): Promise<void>;
  overlap(request: OverlapRequest, signal: AbortSignal): Promise<Overlap>;
  lookalike(input: NewLookalike, actor: Actor): Promise<CustomAudience>;
}

export interface Jobs {
  /**
   * Newest first, unless `sort` says otherwise.
   * @param role whoever may not see the names of uploaded files does not find jobs by them; a viewer, unless it is given
   */
  list(query: JobListQuery, role?: Role): Promise<JobPage>;
  /** The tags that jobs have, by name. */
  tags(): Promise<readonly TagInUse[]>;
  get(id: string): Promise<JobView>;
  /** Everything that would be refused at creation; empty when it would be taken. Changes nothing. */
  validate(input: NewJob, signal: AbortSignal): Promise<readonly FieldError[]>;
  /** Validates against LINE and the source; its first run is queued at once. */
  create(input: NewJob, actor: Actor, options?: CreateOptions): Promise<Created<JobView>>;
  /**
   * A job keeps its audience, which is renamed at LINE with it; `another_audience` says that another one shall be made.
   * @throws {LineupError} `changed_meanwhile` when `revision` is not the newest
   */
  change(id: string, revision: number, change: JobChange, actor: Actor): Promise<JobView>;
  /** Its runs stay. @throws {LineupError} `action_not_allowed` while a run of it goes on */
  delete(id: string, actor: Actor): Promise<void>;
  /** @throws {LineupError} `action_not_allowed`, saying why */
  act(id: string, action: JobAction, actor: Actor): Promise<JobView>;
  /** The same for each of them, one after the other: one that is refused hinders none. */
  actOnMany(ids: readonly string[], action: BulkAction, actor: Actor): Promise<BulkResult['results']>;
  /** Its log, newest first. */
  transitions(id: string, page: PageRequest): Promise<Page<JobTransition>>;
  /** The next `count` times of a schedule, from now. */
  nextTimes(schedule: Schedule, count: number): readonly Date[];
}

export interface Runs {
  /** Newest first. */
  list(page: PageRequest & RunFilter): Promise<RunPage>;
  get(id: string): Promise<RunDetail>;
  /** Its whole outcome; null while it has not begun. */
  document(id: string): Promise<RunDocument | null>;
  /** Its journal, oldest first. */
  events(id: string, page: PageRequest): Promise<Page<NumberedRunEvent>>;
  /** Its requests to LINE, oldest first. */
  requests(id: string, page: PageRequest): Promise<Page<RunRequestEntry>>;
  /** LINE's matching after it, in order of time. */
  matching(id: string): Promise<readonly MatchingObservation[]>;
  /**
   * Follows a run, whichever process works on it: the run as it is, the journal's entries after number `after` (0: all),
   * then whatever comes, until the run has ended or `signal` is aborted, which ends it without an error. `not_found` is
   * thrown by the call itself.
   */
  watch(id: string, after: number, signal: AbortSignal): Promise<AsyncIterable<RunUpdate>>;
}

export interface SettingsStore {
  /** Every section, defaults filled in. */
  read(): Promise<SettingsView>;
  /** @throws {LineupError} `invalid_argument` for a folder that cannot be opened */
  write<Section extends SettingSection>(
    section: Section,
    value: SettingsInput[Section],
    actor: Actor,
  ): Promise<SettingsView>;
}

/** Whom to tell what happens to jobs. */
export interface Notifications {
  /** All channels, by label. */
  list(): Promise<readonly Channel[]>;
  /** @throws {LineupError} `invalid_argument` for a host inside the network that no setting allows */
  create(input: NewChannel, actor: Actor): Promise<MadeChannel>;
  /** @throws {LineupError} as `create` */
  change(id: string, change: ChannelChange, actor: Actor): Promise<Channel>;
  delete(id: string, actor: Actor): Promise<void>;
  /** Sends a message that says it is a test. */
  test(id: string, signal: AbortSignal): Promise<ChannelTest>;
}

export interface ApiTokens {
  /** Newest first. */
  list(): Promise<readonly ApiToken[]>;
  /** The token itself is given this once. */
  create(input: NewApiToken, actor: Actor): Promise<{ token: Secret; entry: ApiToken }>;
  revoke(id: string, actor: Actor): Promise<void>;
  /**
   * Who a token is, with the lesser of its role and its maker's present one; undefined when it is unknown, expired or revoked,
   * or when its maker may do nothing any more.
   */
  authenticate(token: Secret): Promise<(Actor & { role: Role }) | undefined>;
}

export interface AuditLog {
  /** Newest first. */
  list(page: PageRequest & AuditFilter): Promise<Page<ShownAuditEntry>>;
  /** The newest that fit, as a table in CSV; bounded. */
  exported(filter: AuditFilter): Promise<string>;
  /** For changes that are the server's own: users, sign-in. */
  record(actor: Actor, entry: NewAuditEntry): Promise<void>;
}

/** One try to come in, or to show again who one is. */
export interface Attempt {
  /** `session`: sign-in · `password`: the current password, to change it · `link`: a link that sets a password. */
  readonly way: 'session' | 'password' | 'link';
  /** The client's. */
  readonly address: string;
  /** Whoever they say they are, as it was typed; null for a link, which says nothing of it. */
  readonly account: string | null;
  /** The user behind that; null when there is none. */
  readonly userId: string | null;
}

export type BegunAttempt =
  /** It must not be tried yet. */
  | { readonly waitSeconds: number; readonly failed?: undefined; readonly succeeded?: undefined }
  | {
      readonly waitSeconds: 0;
      /** Tells the audit log, now and then. @param detail facts beside the number of failures, nothing of the person */
      failed(detail: Readonly<Record<string, unknown>>): Promise<void>;
      /** Forgives earlier failures. */
      succeeded(): Promise<void>;
    };

/** Slows guessing down, over all processes. */
export interface SignInAttempts {
  /** Call it before anything is tried; then `failed` or `succeeded`. One that ends with neither has failed. */
  begin(attempt: Attempt): Promise<BegunAttempt>;
}

export interface Status {
  /** Everything that must work for requests to be served; never throws. */
  ready(): Promise<readonly ReadinessCheck[]>;
  metrics(): Promise<MetricsSnapshot>;
}

/**
 * The use cases that the HTTP server calls, by noun. The implementation checks the rules of the domain, writes the
 * audit log in the transaction of each change, and throws `LineupError`. The server checks shapes, roles and sessions,
 * and manages users and their passwords itself (src/server/auth).
 *
 * Every method may throw `not_found` for an unknown id, and `invalid_argument` with `fields` for wrong values: all
 * problems at once, each at its key.
 */
import type { AlertListQuery, AlertPage } from '../domain/alerts/alerts.ts';
import type {
  NewSuppressionList,
  SeenSizes,
  SuppressionList,
  SuppressionListChange,
  SuppressionListView,
} from '../domain/audiences/suppression-lists.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import type { FieldError, LineupError } from '../domain/errors/errors.ts';
import type { FileOptions } from '../domain/files/file-options.ts';
import type { SeenJudgement } from '../domain/jobs/approvals.ts';
import type { SignInRefusal } from '../domain/people/admission.ts';
import type { Actor, ApiToken, Caller, FormerUser, NewApiToken, Role } from '../domain/people/people.ts';
import type { RunFilter } from '../domain/runs/filter.ts';
import type { RunDocument } from '../domain/runs/run.ts';
import type { Schedule } from '../domain/schedule/schedule.ts';
import type { CsvRow } from '../domain/text/csv.ts';
import type { LanguageCode } from '../domain/text/localized.ts';
import type { Page, PageRequest } from '../domain/values/paging.ts';
import type { Secret } from '../domain/values/secret.ts';
import type { AuditFilter, AuditPart, NewAuditEntry, ShownAuditEntry } from './audit.ts';
import type { Authorization, AuthorizationChange, NewAuthorization, Verification } from './authorizations.ts';
import type { BulkChange, BulkUpdate, ChosenJobs } from './bulk.ts';
import type { PlannedSteps, StepChecks } from './configuration.ts';
import type { ConsentOutcome } from './consent-texts.ts';
import type { BaseAccountView, ConsentAttempt, NewConsent } from './consents.ts';
import type {
  AdAccountRef,
  AdAccounts,
  CustomAudience,
  CustomAudienceFilter,
  CustomAudienceSize,
  NewLookalike,
  Overlap,
  OverlapRequest,
  SharedAudience,
  SharedAudienceFilter,
  Twins,
  TwinsRequest,
} from './custom-audiences.ts';
import type { Erasure, ErasuresOfType, ErasureUndone, People } from './erasures.ts';
import type { HealthFilter, HealthReport } from './health-report.ts';
import type { JobHistory } from './job-history.ts';
import type { JobMove, JobMoveQuery } from './job-move.ts';
import type { JobPartPage, JobRowPage } from './job-rows.ts';
import type {
  BulkAction,
  BulkResult,
  JobChange,
  JobListQuery,
  JobPage,
  JobTransition,
  JobView,
  NewJob,
  PlainAction,
  TagInUse,
} from './jobs.ts';
import type { Channel, ChannelChange, ChannelTest, DigestPreview, MadeChannel, NewChannel } from './notifications.ts';
import type { Outlook, OutlookRequest } from './outlook.ts';
import type { Overview } from './overview.ts';
import type { NumberedRunEvent, RunDetail, RunPage, RunUpdate } from './run-progress.ts';
import type { MatchingObservation, RunRequestEntry } from './runs.ts';
import type { SettingChanges, SettingSection, SettingsView } from './settings.ts';
import type { ProviderIdentity, ProviderTokens } from './single-sign-on.ts';
import type {
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
import type { NewWebhookSecret, WebhookHeaders, WebhookSecret, WebhookTaken } from './webhooks.ts';

export interface UseCases {
  readonly authorizations: Authorizations;
  readonly consents: Consents;
  readonly sources: Sources;
  readonly uploads: Uploads;
  readonly customAudiences: CustomAudiences;
  readonly jobs: Jobs;
  readonly webhooks: Webhooks;
  readonly configuration: Configuration;
  readonly suppressionLists: SuppressionLists;
  readonly erasures: Erasures;
  readonly alerts: Alerts;
  readonly runs: Runs;
  readonly healthReport: HealthReports;
  readonly overview: Overviews;
  readonly settings: SettingsStore;
  readonly notifications: Notifications;
  readonly apiTokens: ApiTokens;
  readonly formerUsers: FormerUsers;
  /** Null where no provider is configured. */
  readonly singleSignOn: SingleSignOn | null;
  readonly auditLog: AuditLog;
  readonly signInAttempts: SignInAttempts;
  readonly status: Status;
}

/** Options of a creation. A client may repeat it, because the response can get lost. */
export interface CreateOptions {
  /** The client's key of this creation. The same key with another input gives `idempotency_key_reused`. */
  readonly idempotencyKey?: string;
}

/** The created object. `replayed`: an earlier request with the same key created it. */
export interface Created<T> {
  readonly value: T;
  readonly replayed: boolean;
}

export interface Authorizations {
  /** All authorizations, by label. An installation has only a few. */
  list(): Promise<readonly Authorization[]>;
  get(id: string): Promise<Authorization>;
  /** @param role without it, no field may refer to a secret outside Lineup */
  create(input: NewAuthorization, actor: Actor, options?: CreateOptions, role?: Role): Promise<Created<Authorization>>;
  /**
   * @throws {LineupError} `changed_meanwhile` when `revision` is out of date; `not_permitted` for other credentials
   * while a suppression list reads with them, unless the role may change lists
   */
  change(id: string, revision: number, change: AuthorizationChange, actor: Actor, role: Role): Promise<Authorization>;
  /** @throws {LineupError} `authorization_in_use`, naming the jobs */
  delete(id: string, actor: Actor): Promise<void>;
  /** Verifies the credentials and stores the result as the health; for LINE Ads, with an ad account. */
  verify(id: string, options: { adAccountId?: string }, actor: Actor, signal: AbortSignal): Promise<Verification>;
  /** The destinations that there are authorizations of. */
  destinations(): Promise<readonly DestinationTraits[]>;
  /** The jobs that use the authorization. */
  usedBy(id: string): Promise<readonly { id: string; name: string }[]>;
}

/** The consent of a person in the browser, for authorizations that need one. */
export interface Consents {
  /**
   * @param isInBrowser whether the actor has a session, which the way back needs
   * @throws {LineupError} `changed_meanwhile`; `action_not_allowed` where nobody consents, or without a way back
   */
  begin(id: string, input: NewConsent, actor: Actor, isInBrowser: boolean): Promise<ConsentAttempt>;
  /**
   * The browser has come back. The outcome of a refusal is for the page that the browser goes to.
   * @param person who has the session; undefined without one
   */
  answer(
    query: { readonly state: string; readonly code?: string | undefined; readonly error?: string | undefined },
    person: Caller | undefined,
  ): Promise<{ readonly authorizationId: string | null; readonly outcome: ConsentOutcome }>;
  /** @throws {LineupError} `consent_expired`, `consent_of_another`, `changed_meanwhile`; `line_*` of the destination */
  enterCode(id: string, code: string, actor: Actor): Promise<void>;
  /** Forgets the consent and its tokens. @throws {LineupError} `action_not_allowed` for one that is not connected */
  disconnect(id: string, actor: Actor): Promise<void>;
  /** The accounts that whoever has consented can use. */
  baseAccounts(id: string, signal: AbortSignal): Promise<readonly BaseAccountView[]>;
  /** @throws {LineupError} `changed_meanwhile`; `invalid_argument` for an account that cannot be chosen */
  chooseBaseAccount(
    id: string,
    choice: { readonly revision: number; readonly account_id: string },
    actor: Actor,
    signal: AbortSignal,
  ): Promise<void>;
}

export interface Sources {
  /** Files first, then all authorizations of sources. */
  list(): Promise<readonly Source[]>;
  /** `authorizationId` null: files. `search` is part of a name. */
  audiences(
    authorizationId: string | null,
    page: PageRequest & { search?: string },
    signal: AbortSignal,
  ): Promise<SourceAudiencePage>;
  /** @throws {LineupError} `not_permitted` when the role may not read this source */
  fields(
    role: Role,
    authorizationId: string | null,
    audienceId: string,
    signal: AbortSignal,
    options?: FileOptions,
  ): Promise<SourceFields>;
  /** @throws {LineupError} as `fields`; `too_many_requests` for a query */
  sample(caller: Caller, request: SampleRequest, signal: AbortSignal): Promise<Sample>;
  /**
   * Scans the source without sending anything, until `signal` aborts, or 30 seconds have passed.
   * @throws {LineupError} as `sample`
   */
  preview(caller: Caller, request: PreviewRequest, signal: AbortSignal): Promise<Preview>;
}

/** The stream of an upload. */
export interface UploadContent {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The announced length in bytes; null when the client did not announce it. */
  readonly length: number | null;
}

/** Uploaded files. Their names may be personal, so they need a permission of their own. */
export interface Uploads {
  /** The maximum size of a file, in bytes. */
  readonly maxBytes: number;
  /** Existing files, newest first. */
  list(): Promise<readonly Upload[]>;
  /** Also a deleted file, while a job refers to it. */
  get(id: string): Promise<Upload>;
  /**
   * Nothing remains of an interrupted or refused upload.
   * @throws {LineupError} `upload_too_large`, `disk_full`, `source_*` for a file that cannot be exported
   */
  create(input: NewUpload, content: UploadContent, actor: Actor, signal: AbortSignal): Promise<Upload>;
  /** @throws {LineupError} `upload_in_use` when a job with a schedule needs the file */
  change(id: string, policy: UploadPolicy, actor: Actor): Promise<Upload>;
  /** @throws {LineupError} `upload_in_use`, naming the jobs */
  delete(id: string, actor: Actor): Promise<void>;
}

/** Audiences at LINE. A refusal by LINE is a `line_*` error with LINE's `reason`. */
export interface CustomAudiences {
  /**
   * The ad accounts of LINE and of jobs. If LINE refuses to list them, the result has the error and the accounts of
   * jobs.
   */
  accounts(authorizationId: string, signal: AbortSignal): Promise<AdAccounts>;
  list(filter: CustomAudienceFilter & PageRequest, signal: AbortSignal): Promise<Page<CustomAudience>>;
  get(account: AdAccountRef, id: string, signal: AbortSignal): Promise<CustomAudience>;
  /**
   * Audiences that others share with the account of an authorization.
   * @throws {LineupError} `invalid_argument` when its destination has none
   */
  shared(filter: SharedAudienceFilter & PageRequest, signal: AbortSignal): Promise<Page<SharedAudience>>;
  /** The present size, from Lineup's runs or from LINE. The guard compares with it. */
  size(account: AdAccountRef, id: string, signal: AbortSignal): Promise<CustomAudienceSize>;
  rename(account: AdAccountRef, id: string, name: string, actor: Actor): Promise<CustomAudience>;
  /** LINE accepts the deletion and executes it later. */
  delete(account: AdAccountRef, id: string, actor: Actor): Promise<void>;
  overlap(request: OverlapRequest, signal: AbortSignal): Promise<Overlap>;
  /**
   * The same audiences in destinations that have taken them over, as LY Ads those of LINE Ads, where these are
   * connected. What it has read of the other side is up to half an hour old.
   */
  twins(request: TwinsRequest, signal: AbortSignal): Promise<Twins>;
  lookalike(input: NewLookalike, actor: Actor): Promise<CustomAudience>;
}

/** Configuration as code. */
export interface Configuration {
  /**
   * What the service would refuse of each step of a plan. Only reads.
   * @throws {LineupError} `not_permitted` when the caller assumes what only an administrator may change
   */
  validate(plan: PlannedSteps, caller: Caller, signal: AbortSignal): Promise<StepChecks>;
}

type BulkUpdates = AsyncIterable<BulkUpdate>;

export interface Jobs {
  /**
   * Newest first, unless `sort` is set.
   * @param role decides whether the search includes the names of uploaded files; default: viewer
   */
  list(query: JobListQuery, role?: Role): Promise<JobPage>;
  /** The same with only what a list shows. @param role as of `list` */
  rows(query: JobListQuery, role?: Role): Promise<JobRowPage>;
  /** The tags of jobs, by name. */
  tags(): Promise<readonly TagInUse[]>;
  /** The parts of a split job, by value; none of another job. @throws {LineupError} `not_found` */
  parts(id: string, page: PageRequest): Promise<JobPartPage>;
  get(id: string): Promise<JobView>;
  /** All problems that creation would report, and what it would only warn about. Changes nothing. */
  validate(input: NewJob, signal: AbortSignal): Promise<JobChecks>;
  /** What its list will hold over the next weeks. @throws {LineupError} `not_found` */
  outlook(request: OutlookRequest): Promise<Outlook>;
  /**
   * What it becomes at the destination that takes over the audiences of its own. `create` makes that job.
   * @throws {LineupError} `data_newer` when this version cannot read the job
   */
  move(id: string, query: JobMoveQuery): Promise<JobMove>;
  /** Validates with LINE and the source, creates the job and queues its first run. */
  create(input: NewJob, actor: Actor, options?: CreateOptions): Promise<Created<JobView>>;
  /**
   * A job keeps its audience: a new name renames it at LINE. With `another_audience`, the next run creates another one.
   * @param letIn how many people come in whom the hold-out or a list kept out, as a person has seen it (`letInByJob`)
   * @throws {LineupError} `changed_meanwhile` when `revision` is out of date; `action_not_allowed` with the numbers
   * unless `letIn` is what is true now
   */
  change(id: string, revision: number, change: JobChange, actor: Actor, letIn?: number): Promise<JobView>;
  /** The runs of the job stay. @throws {LineupError} `action_not_allowed` while a run is running */
  delete(id: string, actor: Actor): Promise<void>;
  /** @throws {LineupError} `action_not_allowed`, with the reason */
  act(id: string, action: PlainAction, actor: Actor): Promise<JobView>;
  /**
   * A person approves what the last run was stopped with (*Run anyway*).
   * @throws {LineupError} `changed_meanwhile` when something else is true now than what the person saw;
   * `action_not_allowed`
   */
  approve(id: string, seen: SeenJudgement, actor: Caller): Promise<JobView>;
  /** The same for several jobs, one after the other. A refused one does not stop the others. */
  actOnMany(ids: readonly string[], action: BulkAction, actor: Actor): Promise<BulkResult['results']>;
  /**
   * The same for very many: tells what became of each as soon as it is done. An aborted `signal` ends it between two
   * jobs; what is done stays done, and a repetition does the rest.
   * @throws {LineupError} `changed_meanwhile` when the filter matches another number of jobs than the person saw
   */
  actOnChosen(chosen: ChosenJobs, action: BulkAction, caller: Caller, signal: AbortSignal): Promise<BulkUpdates>;
  /** Edits many jobs, each as `change` does. @throws {LineupError} as `actOnChosen`; `not_found` */
  changeChosen(chosen: ChosenJobs, change: BulkChange, caller: Caller, signal: AbortSignal): Promise<BulkUpdates>;
  /** The log of a job, newest first. */
  transitions(id: string, page: PageRequest): Promise<Page<JobTransition>>;
  /** Its successful runs of the last days, and what happened to it, oldest first. */
  history(id: string, days: number): Promise<JobHistory>;
  /** The next `count` times of a schedule, from now, and the cron expressions of a custom one in words. */
  previewSchedule(schedule: Schedule, count: number, language: LanguageCode): Promise<SchedulePreview>;
}

/** Signed webhooks, which let a job run when its data is ready. */
export interface Webhooks {
  /**
   * Resolves when it is stored, together with the slot of its run.
   * @param body as it came; it is not kept
   * @throws {LineupError} `not_permitted` for an unknown job and for a wrong signature alike; `too_many_requests`; with
   * a right signature `action_not_allowed`
   */
  take(jobId: string, headers: WebhookHeaders, body: Buffer, requestId: string): Promise<WebhookTaken>;
  /** @throws {LineupError} `action_not_allowed` when it has one and shall keep it, or waits for no webhook */
  makeSecret(jobId: string, options: NewWebhookSecret, actor: Actor): Promise<WebhookSecret>;
}

/** Who must never be in an audience. */
export interface SuppressionLists {
  /** All lists, by name. */
  list(): Promise<readonly SuppressionList[]>;
  /** With the jobs that use it. */
  get(id: string): Promise<SuppressionListView>;
  /** Validates the source and its fields first. */
  create(input: NewSuppressionList, actor: Actor, options?: CreateOptions): Promise<Created<SuppressionListView>>;
  /**
   * @param letIn how many people come back, as a person has seen it (`letInByList`)
   * @throws {LineupError} as `change` of a job
   */
  change(
    id: string,
    revision: number,
    change: SuppressionListChange,
    actor: Actor,
    letIn?: number,
  ): Promise<SuppressionListView>;
  /**
   * @param letIn how many members come back from a list for all jobs, as a person has seen it (`letInByDeletion`)
   * @throws {LineupError} `suppression_list_in_use`, naming the jobs that choose it; `action_not_allowed` with the
   * numbers unless `letIn` is what is true now
   */
  delete(id: string, actor: Actor, letIn?: number): Promise<void>;
  /**
   * A person accepts what the list has, after it has shrunk: the next run may find that much, and up to 2 % less.
   * @throws {LineupError} `changed_meanwhile` when something else is true now than what the person saw;
   * `action_not_allowed`
   */
  acceptSize(id: string, seen: SeenSizes, actor: Actor): Promise<SuppressionListView>;
}

/** People who asked to be left out of every audience. Nothing here returns, stores or logs an identifier. */
export interface Erasures {
  /** How many people are on the list, by identifier type. */
  list(): Promise<readonly ErasuresOfType[]>;
  /**
   * @throws {LineupError} `invalid_argument`, with the places of values that are no identifiers: then nothing was
   * changed
   */
  forget(people: People, actor: Actor, signal: AbortSignal): Promise<Erasure>;
  /** @throws {LineupError} as `forget` */
  undo(people: People, actor: Actor): Promise<ErasureUndone>;
}

export interface Alerts {
  /** Newest first. */
  list(query: AlertListQuery): Promise<AlertPage>;
}

/** What is wrong with a job, and what is unwise, each at its key. */
export interface JobChecks {
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
}

export interface SchedulePreview {
  readonly times: readonly Date[];
  /** Each cron expression of a custom schedule in words; empty for other schedules. */
  readonly words: readonly string[];
}

export interface Runs {
  /** Newest first. */
  list(page: PageRequest & RunFilter): Promise<RunPage>;
  get(id: string): Promise<RunDetail>;
  /** The whole result; null until the run starts. */
  document(id: string): Promise<RunDocument | null>;
  /** The journal, oldest entry first. */
  events(id: string, page: PageRequest): Promise<Page<NumberedRunEvent>>;
  /** The requests to LINE, oldest first. */
  requests(id: string, page: PageRequest): Promise<Page<RunRequestEntry>>;
  /**
   * LINE's matching after the run, oldest first.
   * @param delivery which audience of the run, from 1.
   * @default the first one
   */
  matching(id: string, delivery?: number): Promise<readonly MatchingObservation[]>;
  /**
   * Live updates of a run, whichever process works on it: the present run, the journal's entries after number `after`
   * (0: all), then all updates until the run ends. An aborted `signal` ends it without an error. The call itself throws
   * `not_found`.
   */
  watch(id: string, after: number, signal: AbortSignal): Promise<AsyncIterable<RunUpdate>>;
}

export interface HealthReports {
  /** What deserves attention first. */
  read(page: PageRequest & HealthFilter): Promise<HealthReport>;
}

export interface Overviews {
  /**
   * @param days how many days its numbers go back
   * @param role decides whether sizes are exact, or in tens
   */
  read(days: number, role: Role): Promise<Overview>;
}

export interface SettingsStore {
  /** All sections, with defaults. */
  read(): Promise<SettingsView>;
  /** @throws {LineupError} `invalid_argument` for a folder that must stay closed */
  write<Section extends SettingSection>(
    section: Section,
    changes: SettingChanges[Section],
    actor: Actor,
  ): Promise<SettingsView>;
}

/** Notification channels. */
export interface Notifications {
  /** All channels, by label. */
  list(): Promise<readonly Channel[]>;
  /**
   * @param role without it, no field may refer to a secret outside Lineup
   * @throws {LineupError} `invalid_argument` for an internal host that is not on the list of allowed hosts
   */
  create(input: NewChannel, actor: Actor, role?: Role): Promise<MadeChannel>;
  /** @throws {LineupError} as `create` */
  change(id: string, change: ChannelChange, actor: Actor, role?: Role): Promise<MadeChannel>;
  delete(id: string, actor: Actor): Promise<void>;
  /** Sends a test message. */
  test(id: string, signal: AbortSignal): Promise<ChannelTest>;
  /** The weekly digest as it is now. @param language default: the language of the installation */
  previewDigest(language?: LanguageCode): Promise<DigestPreview>;
  /** Sends the weekly digest as it is now, whether or not the channel has chosen it. */
  sendDigest(id: string, signal: AbortSignal): Promise<ChannelTest>;
}

export interface ApiTokens {
  /** Newest first. */
  list(): Promise<readonly ApiToken[]>;
  /** Returns the token itself, only this once. */
  create(input: NewApiToken, actor: Actor): Promise<{ token: Secret; entry: ApiToken }>;
  revoke(id: string, actor: Actor): Promise<void>;
  /**
   * The actor of a token, with the lower of its role and its maker's present role. Undefined when the token is unknown,
   * expired or revoked, or when its maker may do nothing any more.
   */
  authenticate(token: Secret): Promise<(Caller & { person: string }) | undefined>;
}

/** Single sign-on by OpenID Connect. */
export interface SingleSignOn {
  /** Scopes to ask the provider for, in addition to the usual ones. */
  scopes(): Promise<readonly string[]>;
  /**
   * Who the tokens of the provider are about, when that person may come in. The account of somebody who has signed in
   * by it before follows at once: its role, and whether it is disabled.
   */
  admit(tokens: ProviderTokens): Promise<
    /** @property role of a new account; null when groups decide nothing */
    | { readonly identity: ProviderIdentity; readonly role: Role | null; readonly refused?: undefined }
    | { readonly identity?: undefined; readonly refused: SignInRefusal }
  >;
  /** Lets the account follow, also a new one. Call it just before a session of that user begins. */
  begin(userId: string, identity: ProviderIdentity): Promise<void>;
  /** Whether the provider alone decides about this user: the role, and who comes in. */
  decidesFor(userId: string): Promise<boolean>;
  /**
   * Ends sessions as a logout token of the provider says (OpenID Connect Back-Channel Logout 1.0).
   * @returns `refused` for one that is not valid, or was used before; `unavailable` when the provider has to be asked
   *   for its keys, and does not answer
   */
  logOut(logoutToken: string): Promise<'done' | 'refused' | 'unavailable'>;
}

export interface FormerUsers {
  /**
   * Removes a user for good. The caller makes sure that an administrator is left.
   * @throws {LineupError} `not_found`
   */
  erase(id: string, actor: Actor): Promise<FormerUser>;
}

export interface AuditLog {
  /** Newest first. */
  list(page: PageRequest & AuditFilter): Promise<Page<ShownAuditEntry>>;
  /** Oldest first, those after an entry. None comes later with a lower id than those that were given. */
  inOrder(page: AuditFilter & { readonly limit: number; readonly after: number }): Promise<AuditPart>;
  /** The newest matching entries as a table, up to a maximum. */
  exported(filter: AuditFilter): Promise<readonly CsvRow[]>;
  /** For changes that the server itself makes: users, sign-in. */
  record(actor: Actor, entry: NewAuditEntry): Promise<void>;
}

/** An attempt to sign in or to confirm an identity. */
export interface Attempt {
  /** `session`: sign-in · `password`: the current password, to change it · `link`: a link that sets a password. */
  readonly way: 'session' | 'password' | 'link';
  /** The IP address of the client. */
  readonly address: string;
  /** The entered e-mail address; null for a link, which has none. */
  readonly account: string | null;
  /** The user with that address; null when there is none. */
  readonly userId: string | null;
}

export type BegunAttempt =
  /** The client must wait. */
  | { readonly waitSeconds: number; readonly failed?: undefined; readonly succeeded?: undefined }
  | {
      readonly waitSeconds: 0;
      /**
       * Records some of the failures in the audit log.
       * @param detail facts beside the number of failures, nothing personal
       */
      failed(detail: Readonly<Record<string, unknown>>): Promise<void>;
      /** Takes the person's earlier failures off the count. */
      succeeded(): Promise<void>;
    };

/** Slows down guessing, across all processes. */
export interface SignInAttempts {
  /** Call it before the attempt, then `failed` or `succeeded`. An attempt without either counts as failed. */
  begin(attempt: Attempt): Promise<BegunAttempt>;
}

export interface Status {
  /** Checks all dependencies that requests need; never throws. */
  ready(): Promise<readonly ReadinessCheck[]>;
  metrics(): Promise<MetricsSnapshot>;
  /** Reads what takes long in a large installation, so that nobody waits for it. In a small one it does nothing. */
  readAhead(): Promise<void>;
  /** Why this version may not work any more: a newer one has updated the tables. Undefined while it may. */
  outdated(): LineupError | undefined;
}

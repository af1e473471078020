/**
 * The types of the tables for Kysely. `migrations/` makes the tables, and a test compares every column with this
 * file. Of the sign-in tables only `users` is here; better-auth alone uses the others.
 */
import { type ColumnType, type Generated, type GeneratedAlways, type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { AuthorizationHealth } from '../../contracts/authorizations.ts';
import type { DomainEvent } from '../../contracts/domain-events.ts';
import type { JobError } from '../../contracts/jobs.ts';
import type { ChannelKind } from '../../contracts/notifications.ts';
import type { JobType } from '../../contracts/providers/index.ts';
import type { RunTrigger } from '../../contracts/runs.ts';
import type { UploadPolicy } from '../../contracts/uploads.ts';
import type { AlertRuleName } from '../../domain/alerts/alerts.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import type { ListAppliesTo, ListFields } from '../../domain/audiences/suppression-lists.ts';
import type { FileOptions } from '../../domain/files/file-options.ts';
import type { StoredApproval } from '../../domain/jobs/approvals.ts';
import type { JobCondition, JobStatus } from '../../domain/jobs/conditions.ts';
import type { JobConfiguration } from '../../domain/jobs/configuration.ts';
import type { Role } from '../../domain/people/people.ts';
import type { exportMode, RunError, ServiceRunStatus } from '../../domain/runs/run.ts';
import type { RunEvent } from '../../domain/runs/run-events.ts';
import type { AtLine } from '../../domain/runs/run-state.ts';
import type { Turnover } from '../../domain/runs/turnover.ts';
import type { LookResult } from '../../domain/schedule/triggers/looks.ts';
import type { SourceRead } from '../../domain/schedule/triggers/seen.ts';
import type { LanguageCode } from '../../domain/text/localized.ts';
import type { LocalizedText, Sentence } from '../../domain/text/sentence.ts';

/** A `timestamptz`: read as a Date, written as a Date or as ISO 8601. */
type Time = ColumnType<Date, Date | string, Date | string>;
type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
/** A `jsonb`: written as text (`json()`), because `pg` would write an array as a PostgreSQL array. */
type Json<T> = ColumnType<T, string, string>;
/** A `jsonb` with a default in the database. */
type GeneratedJson<T> = ColumnType<T, string | undefined, string>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** A value for a `jsonb` column. */
export const json = (value: unknown): string => JSON.stringify(value);

/** A value for a `jsonb` column that may be null. */
export const jsonOrNull = (value: unknown): string | null => (value == null ? null : json(value));

/** A `jsonb` that is to be an array; empty when it is not, because an error would end the query for all rows. */
export const jsonArray = (value: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`case jsonb_typeof(${value}) when 'array' then ${value} else '[]' end`;

/** Escapes a text for a `like` pattern, where it then matches itself. */
export const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');

/** Null for an audience that is not there yet. */
type AudienceIds = readonly (string | null)[];

type Runs = Schema['runs'];
type RunDeliveries = Schema['run_deliveries'];

/** The view of the deliveries of all runs. A run with a single delivery is one itself. */
type DeliveryView = Pick<
  Runs,
  'job_id' | 'status' | 'mode' | 'queued_at' | 'started_at' | 'ended_at' | 'ad_account_id'
> &
  Pick<
    RunDeliveries,
    | 'run_id'
    | 'delivery'
    | 'audience_id'
    | 'audience_name'
    | 'last_write_at'
    | 'at_line'
    | 'unique_count'
    | 'uploaded'
    | 'matching_status'
    | 'matching_size'
    | 'matching_at'
  >;

/** What a run has done for one audience. */
interface DeliveredColumns {
  audience_id: string | null;
  audience_name: string | null;
  last_write_at: NullableTime;
  scanned: number | null;
  missing: number | null;
  invalid: number | null;
  suppressed: number | null;
  held_out: number | null;
  duplicates: number | null;
  unique_count: number | null;
  turnover: NullableJson<Turnover>;
  uploaded: number | null;
  chunks: number | null;
  matching_status: string | null;
  matching_size: string | null;
  matching_at: NullableTime;
}

/** What a job remembers of its trigger, with times as texts. */
interface StoredTrigger {
  seen: string | null;
  firedAt: string | null;
  why?: LocalizedText;
  setAt: string;
  reads?: readonly SourceRead[];
}

export interface Schema {
  users: {
    id: string;
    name: string;
    email: string;
    email_verified: boolean;
    image: string | null;
    created_at: Time;
    updated_at: Time;
    role: string | null;
    banned: boolean | null;
    ban_reason: string | null;
    ban_expires: NullableTime;
    disabled_at: NullableTime;
    disabled_by: string | null;
    disabled_because: string | null;
  };
  single_sign_ons: {
    user_id: string;
    refresh_token: string | null;
    key_id: string | null;
    confirmed_at: Time;
    checked_at: Time;
  };
  logout_tokens: {
    id: string;
    expires_at: Time;
  };
  api_tokens: {
    id: string;
    name: string;
    role: Role;
    token_hash: string;
    hint: string;
    created_by: string;
    maker_id: string | null;
    created_at: Time;
    expires_at: NullableTime;
    last_used_at: NullableTime;
    revoked_at: NullableTime;
  };
  audit_log: {
    id: GeneratedAlways<number>;
    at: Time;
    actor_id: string;
    actor: string;
    action: string;
    subject_type: string;
    subject_id: string;
    detail: Json<Record<string, unknown>>;
    request_id: string | null;
  };
  audit_streams: {
    name: string;
    sent_id: Generated<number>;
    sent_at: NullableTime;
    seen_at: Time;
  };
  settings: {
    key: string;
    value: Json<unknown>;
    secret: string | null;
    updated_by: string;
    updated_at: Time;
  };
  idempotency_keys: {
    actor_id: string;
    key: string;
    request_digest: string;
    status: number | null;
    response: NullableJson<unknown>;
    created_at: Time;
  };
  sign_in_attempts: {
    key: string;
    failures: number;
    last_at: Time;
    blocked_until: NullableTime;
    succeeded_at: NullableTime;
  };
  secret_keys: {
    key_id: string;
    check_value: string;
    created_at: Time;
  };
  authorizations: {
    id: string;
    provider: string;
    method: string;
    label: string;
    description: string;
    configuration: string;
    key_id: string;
    health: Generated<AuthorizationHealth>;
    health_reason: string | null;
    health_reason_sentence: NullableJson<Sentence>;
    health_checked_at: NullableTime;
    adaccount_id: string | null;
    revision: Generated<number>;
    created_by: string;
    created_at: Time;
    updated_by: string;
    updated_at: Time;
  };
  jobs: {
    id: string;
    type: JobType;
    name: string;
    description: string;
    tags: GeneratedJson<string[]>;
    authorization_id: string;
    source_authorization_id: string | null;
    configuration: Json<JobConfiguration>;
    audience_id: string | null;
    sibling_audience_ids: GeneratedJson<AudienceIds>;
    status: JobStatus;
    sleep_until: NullableTime;
    slot: NullableTime;
    error_count: Generated<number>;
    errors_since: NullableTime;
    error: NullableJson<JobError>;
    condition: JobCondition;
    revision: Generated<number>;
    created_by: string;
    created_at: Time;
    updated_by: string;
    updated_at: Time;
    run_again: Generated<boolean>;
    moved_from_id: string | null;
    part_of: string | null;
    part_value: string | null;
    part_run: string | null;
    moved_from_name: string | null;
    trigger_state: NullableJson<StoredTrigger>;
  };
  trigger_looks: {
    job_id: string;
    looked_at: NullableTime;
    failing_since: NullableTime;
    problem: NullableJson<LocalizedText>;
    failures: Generated<number>;
    next_at: Time;
    found: LookResult | null;
  };
  webhook_secrets: {
    id: string;
    job_id: string;
    secret: string;
    key_id: string;
    made_at: Time;
    valid_until: NullableTime;
  };
  webhooks_seen: {
    job_id: string;
    id: string;
    at: Time;
  };
  job_transitions: {
    id: GeneratedAlways<number>;
    job_id: string;
    at: Time;
    action: string;
    from_status: JobStatus | null;
    to_status: JobStatus;
    actor_id: string;
    actor: string;
    reason: string | null;
    reason_sentence: NullableJson<Sentence>;
    run_id: string | null;
    to_condition: JobCondition | null;
    code: string | null;
  };
  alerts: {
    id: GeneratedAlways<number>;
    job_id: string;
    rule: AlertRuleName;
    threshold: number;
    measured: number;
    message: string;
    sentence: NullableJson<Sentence>;
    run_id: string | null;
    raised_at: Time;
    cleared_at: NullableTime;
  };
  runs: DeliveredColumns & {
    id: string;
    job_id: string | null;
    job_name: string;
    trigger: RunTrigger;
    cause: NullableJson<LocalizedText>;
    slot: NullableTime;
    /** Of earlier versions. */
    waives_guard: Generated<boolean>;
    approval: NullableJson<StoredApproval>;
    status: ServiceRunStatus;
    queued_at: Time;
    stop_requested: 'pause' | 'end' | null;
    events: Generated<number>;
    started_at: NullableTime;
    ended_at: NullableTime;
    mode: z.infer<typeof exportMode> | null;
    ad_account_id: string | null;
    warnings: Generated<number>;
    error: NullableJson<RunError>;
    progress: NullableJson<Record<string, unknown>>;
    progress_at: NullableTime;
    at_line: Generated<AtLine>;
    forbidden: Generated<boolean>;
    deliveries: Generated<number>;
  };
  latest_runs: {
    job_id: string;
    at: NullableTime;
    size: number | string | null;
  };
  run_deliveries: DeliveredColumns & {
    run_id: string;
    delivery: number;
    identifier_type: IdentifierType;
    id_field: string;
    at_line: AtLine;
  };
  deliveries: DeliveryView;
  audience_lives: {
    job_id: string;
    audience_id: string;
    name: string | null;
    ends_at: NullableTime;
    successor_run: string | null;
    successor_name: string | null;
    successor_id: string | null;
    renewed_at: NullableTime;
  };
  run_events: {
    run_id: string;
    seq: number;
    event: Json<RunEvent>;
  };
  run_requests: {
    id: GeneratedAlways<number>;
    run_id: string;
    at: Time;
    method: string;
    endpoint: string;
    status: number | null;
    error: string | null;
    attempt: number;
    duration_ms: number;
  };
  matching_observations: {
    run_id: string;
    at: Time;
    status: string | null;
    estimated_size: string | null;
    delivery: Generated<number>;
  };
  notification_channels: {
    id: string;
    kind: ChannelKind;
    label: string;
    language: Generated<LanguageCode>;
    target: string;
    events: Json<DomainEvent['type'][]>;
    configuration: string;
    key_id: string;
    created_by: string;
    created_at: Time;
  };
  notifications: {
    id: GeneratedAlways<number>;
    channel_id: string;
    event_key: string;
    event: Json<DomainEvent>;
    status: Generated<'waiting' | 'sent' | 'given_up'>;
    attempts: Generated<number>;
    due_at: Time;
    created_at: Time;
    ended_at: NullableTime;
    error: string | null;
    error_sentence: NullableJson<Sentence>;
  };
  weekly_digests: {
    slot: Time;
  };
  event_counts: {
    event: string;
    count: number;
  };
  uploads: {
    id: string;
    name: string;
    bytes: number;
    format: string;
    policy: UploadPolicy;
    file_key: string | null;
    key_id: string | null;
    created_by: string;
    created_at: Time;
    used_since: NullableTime;
    deleted_at: NullableTime;
    file_removed: Generated<boolean>;
    split_run: string | null;
  };
  suppression_lists: {
    id: string;
    name: string;
    description: string;
    source_authorization_id: string | null;
    segment_id: string;
    file_options: NullableJson<FileOptions>;
    fields: Json<ListFields>;
    applies_to: ListAppliesTo;
    max_shrink: number;
    revision: Generated<number>;
    created_by: string;
    created_at: Time;
    updated_by: string;
    updated_at: Time;
    source_version: Generated<number>;
  };
  suppression_reads: {
    list_id: string;
    identifier_type: IdentifierType;
    size: number;
    read_at: Time;
    run_id: string;
  };
  suppression_results: {
    list_id: string;
    job_id: string;
    run_id: string;
    identifier_type: IdentifierType;
    kept_out: number;
    at: Time;
    source_version: Generated<number>;
  };
  erasures: {
    identifier_type: IdentifierType;
    keyed_hash: string;
    person_id: string;
    at: Time;
  };
  query_looks: {
    person_id: string;
    times: Json<string[]>;
  };
  suppression_refusals: {
    list_id: string;
    identifier_type: IdentifierType;
    job_id: string | null;
    before: number;
    after: number;
    at: Time;
    run_id: string;
    accepted: Generated<boolean>;
  };
  quarantined_sources: {
    source_key: string;
    authorization_id: string | null;
    during: string;
    cause: string;
    detail: string;
    at: Time;
  };
  authorization_tokens: {
    authorization_id: string;
    token: string;
    key_id: string;
    consented_by: string | null;
    consented_at: NullableTime;
    consented_as: string | null;
    account_id: string | null;
    account_name: string | null;
  };
  consent_attempts: {
    state_hash: string;
    authorization_id: string;
    revision: number;
    actor_id: string;
    redirect_uri: string;
    replaces: boolean;
    tries: Generated<number>;
    expires_at: Time;
  };
  fingerprints: {
    run_id: string;
    delivery: number;
    job_id: string;
    identifier_type: IdentifierType;
    id_field: string;
    file: string;
    salt: string;
    bytes: number | string;
    created_at: Time;
  };
  staging_keys: {
    run_id: string;
    file_key: string;
    key_id: string;
  };
  leases: {
    name: string;
    holder: string;
    token: number;
    acquired_at: Time;
    expires_at: Time;
    knows: number | null;
  };
  request_places: {
    key_hash: string;
    place: number;
    token: Generated<number>;
    held: Generated<boolean>;
    until: Generated<Time>;
  };
}

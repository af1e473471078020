/**
 * A `UseCases` written by hand, for tests of the server alone: routes, roles, errors, streams. It has one thing of
 * each kind and records its calls. It does not have the rules of the domain.
 */

import type { NewAuditEntry } from '../../src/contracts/audit.ts';
import type { AudienceHealth } from '../../src/contracts/health-report.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Channel } from '../../src/contracts/notifications.ts';
import type { RunDetail, RunUpdate } from '../../src/contracts/run-progress.ts';
import { type Settings, settingSections } from '../../src/contracts/settings.ts';
import type { Upload } from '../../src/contracts/uploads.ts';
import type { Created, CreateOptions, UseCases } from '../../src/contracts/use-cases.ts';
import type { Alert } from '../../src/domain/alerts/alerts.ts';
import type { SuppressionListView } from '../../src/domain/audiences/suppression-lists.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { Actor, Role } from '../../src/domain/people/people.ts';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import { Secret } from '../../src/domain/values/secret.ts';

const at = '2026-03-02T00:00:00.000Z';
const written = {
  revision: 1,
  created_by: 'Aiko Tanaka',
  created_at: at,
  updated_by: 'Aiko Tanaka',
  updated_at: at,
};

export const authorization = {
  id: 'aut_1',
  provider: 'line_ads',
  method: 'line_ads_api_key',
  label: 'Main account',
  description: '',
  health: 'healthy' as const,
  health_reason: null,
  health_checked_at: at,
  adaccount_id: null,
  ...written,
};

export const run: RunDetail = {
  id: 'run_1',
  job_id: 'job_1',
  job_name: 'VIP customers',
  trigger: 'created',
  slot: null,
  status: 'running',
  mode: 'replace',
  queued_at: at,
  started_at: at,
  ended_at: null,
  ad_account_id: 'A1',
  audience_id: '5343822743475',
  audience_name: 'VIP',
  scanned: 5,
  missing: 1,
  invalid: 1,
  suppressed: null,
  held_out: null,
  duplicates: 0,
  unique: 3,
  uploaded: 3,
  chunks: 1,
  warnings: 0,
  error: null,
  matching_status: null,
  matching_size: null,
  matching_at: null,
  progress: { stage: 'wait', chunk: 1, chunks: 1, jobStatus: 'WORKING' },
  part_at_line: { sent: 3, total: 3 },
};

export const runReport: RunDocument = {
  runId: 'run_1',
  status: 'succeeded',
  rulesVersion: 2,
  audience: { id: '5343822743475', name: '=VIP, "gold"', created: true, before: null },
  counts: {
    rows: 5,
    scanned: 5,
    missing: 1,
    invalid: { not_an_email: 1 },
    prehashed: 0,
    hashed: 3,
    raw: 0,
    duplicates: 0,
    unique: 3,
    uploaded: 3,
  },
  invalidRows: { not_an_email: [4] },
  chunks: [
    {
      index: 1,
      action: 'ADD',
      records: 3,
      bytes: 195,
      sha256: 'ab',
      uploadJobId: '7',
      jobStatus: 'FINISHED',
      failedType: null,
      audienceCount: 3,
    },
  ],
  warnings: [],
  error: null,
  source: 'vip.csv',
  adAccountId: 'A1',
  startedAt: at,
  endedAt: at,
  durationMs: 1_200,
};

const alert: Alert = {
  id: 1,
  job_id: 'job_1',
  job_name: 'VIP customers',
  rule: 'slow',
  threshold: 60,
  measured: 75,
  message: 'The run has taken 75 min. The limit is 60 min.',
  run_id: 'run_1',
  raised_at: at,
  cleared_at: null,
};

const health: AudienceHealth = {
  job_id: 'job_1',
  job_name: 'VIP customers',
  ad_account_id: 'A1',
  audience_id: '5343822743475',
  condition: 'retrying',
  error: null,
  error_count: 1,
  next_run_at: at,
  incomplete_at_line: null,
  level: 'worth_a_look',
  concerns: ['retrying'],
  score: 400,
  last_success_at: at,
  members: 57_207,
  members_week_ago: null,
  history: [{ at, members: 57_207, estimated_size: '-', match_rate: null }],
};

export const job: JobView = {
  id: 'job_1',
  type: 'line_ads_audience_export',
  name: 'VIP customers',
  description: '',
  tags: [],
  authorization_id: 'aut_1',
  source_authorization_id: null,
  sibling_audience_ids: [],
  configuration: {
    segment_id: 'vip',
    adaccount_id: 'A1',
    audience_id: null,
    audience_name: 'VIP',
    identifier_type: 'email',
    id_field: 'email',
    continuous_update: true,
    run_frequency: 'daily',
    day_of_week: null,
    time_of_day: '09:00',
    timezone: 'Asia/Tokyo',
    cron_expressions: null,
    default_country: null,
    ifa_format: 'sha256',
    max_shrink: 0.5,
    hold_out: null,
    siblings: [],
    suppression_lists: [],
    hash_in_database: false,
  },
  audience_id: '5343822743475',
  status: 'runnable',
  sleep_until: null,
  error_count: 0,
  errors_since: null,
  error: null,
  ...written,
  authorization_label: 'Main account',
  condition: 'running',
  waits_for: null,
  incomplete_at_line: null,
  approval: null,
  open_alerts: 0,
  source_label: null,
  next_run_at: null,
  left_out: null,
  last_run: run,
  recent_sizes: [3],
  actions: ['pause', 'stop_run', 'terminate'],
};

const audience = {
  id: '5343822743475',
  name: 'VIP',
  type: 'HASHED_EMAIL_UPLOAD',
  identifier_type: 'email' as const,
  status: 'READY',
  failed_type: null,
  estimated_size: '100 or fewer',
  created: at,
  used_by: [{ id: 'job_1', name: 'VIP customers' }],
};

const upload: Upload = {
  id: 'upl_1',
  segment_id: 'upload:upl_1',
  name: 'vip.csv',
  bytes: 120,
  format: 'csv',
  policy: 'keep',
  created_by: 'Aiko Tanaka',
  created_at: at,
  deleted_at: null,
  used_by: [],
};

const suppressionList: SuppressionListView = {
  id: 'sup_1',
  name: 'Opted out',
  description: '',
  source_authorization_id: null,
  source_label: null,
  segment_id: '/srv/opted-out.csv',
  fields: { email: 'email' },
  applies_to: 'all_jobs',
  max_shrink: 0.5,
  reads: [{ identifier_type: 'email', size: 2, read_at: at, run_id: 'run_1' }],
  refusals: [],
  job_count: 1,
  jobs: [
    {
      id: 'job_1',
      name: 'VIP customers',
      identifier_type: 'email',
      identifier_types: ['email'],
      is_chosen: false,
      has_field: true,
      kept_out: 1,
      run_id: 'run_1',
      at,
    },
  ],
  ...written,
};

const channel: Channel = {
  id: 'chn_1',
  kind: 'webhook',
  label: 'Operations',
  target: 'hooks.example.com',
  language: 'en',
  events: ['job_failed'],
  created_by: 'Aiko Tanaka',
  created_at: at,
  last_sent_at: null,
  last_error: null,
};

/** API tokens by role, as a client would send them. */
export const tokens: Record<Role, string> = {
  administrator: 'lineup_administrator',
  editor: 'lineup_editor',
  viewer: 'lineup_viewer',
};

export interface MemoryService extends UseCases {
  /** The calls so far: who asked for what, in order. */
  readonly calls: { operation: string; actor: Actor; input: unknown }[];
  readonly audit: (NewAuditEntry & { actor: Actor })[];
  /** The events that `watch` gives. A test that watches replaces it. */
  updates: (after: number, signal: AbortSignal) => AsyncIterable<RunUpdate>;
  /** The error that the next call of `jobs.get` throws. */
  failWith: unknown;
  ready: boolean;
}

export function memoryService(): MemoryService {
  const calls: MemoryService['calls'] = [];
  const audit: MemoryService['audit'] = [];
  const byKey = new Map<string, unknown>();
  // The defaults of every section.
  let settings = Object.fromEntries(
    Object.entries(settingSections).map(([section, schema]) => [section, schema.parse({})]),
  ) as unknown as Settings;
  const settingsView = () => ({ ...settings, warnings: [] });
  const one = <T>(id: string, value: T & { id: string }): T => {
    if (id !== value.id) throw new LineupError('not_found', `There is no ${id}.`);
    return value;
  };
  const changed = <T>(operation: string, actor: Actor, input: unknown, value: T): T => {
    calls.push({ operation, actor, input });
    return value;
  };
  const once = <T>(value: T, { idempotencyKey }: CreateOptions = {}): Created<T> => {
    const before = idempotencyKey !== undefined && byKey.has(idempotencyKey);
    if (idempotencyKey !== undefined) byKey.set(idempotencyKey, value);
    return { value, replayed: before };
  };
  const single = <T>(...items: T[]) => ({ items, next: null });
  const entry = {
    id: 'tok_1',
    name: 'Airflow',
    role: 'editor' as const,
    effective_role: 'editor' as const,
    hint: 'w3fX',
    created_by: 'Aiko Tanaka',
    created_at: at,
    expires_at: null,
    last_used_at: null,
  };
  const service: MemoryService = {
    calls,
    audit,
    failWith: undefined,
    ready: true,
    updates: async function* () {
      yield { type: 'run', run };
    },
    alerts: { list: async () => single(alert) },
    authorizations: {
      list: async () => [authorization],
      get: async (id) => one(id, authorization),
      create: async (input, actor, options) =>
        once(changed('authorizations.create', actor, input, authorization), options),
      change: async (id, revision, change, actor) => {
        if (revision !== authorization.revision) {
          throw new LineupError('changed_meanwhile', 'Somebody else has changed it.');
        }
        return changed('authorizations.change', actor, change, one(id, authorization));
      },
      delete: async (id, actor) => changed('authorizations.delete', actor, one(id, authorization).id, undefined),
      verify: async (id, options, actor) =>
        changed('authorizations.verify', actor, { id, ...options }, { health: 'healthy', checks: [] }),
      usedBy: async () => [{ id: job.id, name: job.name }],
    },
    sources: {
      list: async () => [
        {
          authorization_id: null,
          provider: 'files',
          label: 'Files',
          written: 'path',
          files: true,
          hashes: false,
        },
      ],
      audiences: async () => single({ id: 'vip', name: 'VIP', description: '', size: 5, updated_at: null, file: null }),
      fields: async () => ({
        items: [{ name: 'email', type: 'VARCHAR', list: false, coverage: 0.8, suggested_for: 'email' }],
        notice: null,
        file: null,
        query: false,
      }),
      sample: async () => ({ items: [] }),
      preview: async () => ({
        complete: true,
        counts: runReport.counts!,
        examples: { not_an_email: [{ row: 4, value: 't***' }] },
        sent: [{ row: 1, value: 't***@e***.com' }],
        chunks: 1,
        warnings: [],
      }),
    },
    uploads: {
      maxBytes: 1_000_000,
      list: async () => [upload],
      get: async (id) => one(id, upload),
      create: async (input, { bytes, length }, actor) => {
        let size = 0;
        for await (const block of bytes) size += block.length;
        return changed('uploads.create', actor, { ...input, size, length }, upload);
      },
      change: async (id, policy, actor) => changed('uploads.change', actor, policy, one(id, upload)),
      delete: async (id, actor) => changed('uploads.delete', actor, one(id, upload).id, undefined),
    },
    customAudiences: {
      accounts: async () => ({ items: [{ id: 'A1', name: 'Brand' }], problem: null }),
      list: async () => single(audience),
      get: async (_, id) => one(id, audience),
      size: async (_, id) => {
        one(id, audience);
        return { size: 57_207, basis: 'upload_jobs', run_id: null, at: null };
      },
      rename: async (account, id, name, actor) =>
        changed('customAudiences.rename', actor, { ...account, id, name }, { ...audience, name }),
      delete: async (account, id, actor) => changed('customAudiences.delete', actor, { ...account, id }, undefined),
      overlap: async ({ base_id }) => ({ base_id, overlaps: [] }),
      lookalike: async (input, actor) => changed('customAudiences.lookalike', actor, input, audience),
    },
    jobs: {
      list: async () => ({ ...single(job), total: 1, before: 0 }),
      tags: async () => [{ tag: 'summer', jobs: 1 }],
      get: async (id) => {
        if (service.failWith !== undefined) throw service.failWith;
        return one(id, job);
      },
      validate: async () => [{ path: 'configuration.adaccount_id', message: 'LINE does not know it.' }],
      create: async (input, actor, options) => once(changed('jobs.create', actor, input, job), options),
      change: async (id, _, change, actor) => changed('jobs.change', actor, change, one(id, job)),
      delete: async (id, actor) => changed('jobs.delete', actor, id, undefined),
      act: async (id, action, actor) => changed('jobs.act', actor, action, one(id, job)),
      approve: async (id, seen, actor) => changed('jobs.approve', actor, seen, one(id, job)),
      actOnMany: async (ids, action, actor) => {
        changed('jobs.actOnMany', actor, { ids, action }, undefined);
        return ids.map((id) => ({ id, done: true, error: null }));
      },
      transitions: async () =>
        single({
          id: 1,
          at,
          action: 'create',
          from_status: null,
          to_status: 'runnable' as const,
          to_condition: 'running' as const,
          actor: 'Aiko Tanaka',
          reason: null,
          run_id: 'run_1',
        }),
      previewSchedule: async (_, count) => ({
        times: Array.from({ length: count }, (__, n) => new Date(Date.parse(at) + n * 86_400_000)),
        words: [],
      }),
    },
    configuration: {
      validate: async ({ steps }) => ({ steps: steps.map(() => ({ errors: [], incomplete: false })) }),
    },
    suppressionLists: {
      list: async () => [suppressionList],
      get: async (id) => one(id, suppressionList),
      create: async (input, actor, options) =>
        once(changed('suppressionLists.create', actor, input, suppressionList), options),
      change: async (id, _, change, actor) =>
        changed('suppressionLists.change', actor, change, one(id, suppressionList)),
      delete: async (id, actor) => changed('suppressionLists.delete', actor, one(id, suppressionList).id, undefined),
      acceptSize: async (id, seen, actor) =>
        changed('suppressionLists.acceptSize', actor, seen, one(id, suppressionList)),
    },
    formerUsers: {
      erase: async (id, actor) => changed('formerUsers.erase', actor, id, { name: 'former user 1', channels: [] }),
    },
    erasures: {
      list: async () => [{ identifier_type: 'email', people: 2, first_at: at, last_at: at }],
      forget: async (people, actor) =>
        changed('erasures.forget', actor, people, {
          added: people.values.length,
          already_listed: 0,
          staged: [],
          uploads: [],
          audiences: [],
          jobs: [],
        }),
      undo: async (people, actor) =>
        changed('erasures.undo', actor, people, { removed: people.values.length, not_listed: 0 }),
    },
    runs: {
      list: async () => ({ ...single(run), total: 1, before: 0 }),
      get: async (id) => one(id, run),
      document: async (id) => (id === 'run_queued' ? null : runReport),
      events: async () => single({ seq: 1, event: { type: 'not_taken', at, chunk: 1, reason: null } }),
      requests: async () =>
        single({
          at,
          method: 'GET',
          endpoint: '/v3',
          status: 200,
          error: null,
          attempt: 1,
          duration_ms: 12.5,
        }),
      matching: async () => [{ at, status: 'READY', estimated_size: '-' }],
      watch: async (id, after, signal) => {
        one(id, run);
        return service.updates(after, signal);
      },
    },
    healthReport: {
      read: async () => ({
        ...single(health),
        total: 1,
        before: 0,
        counts: { needs_person: 0, worth_a_look: 1, healthy: 0 },
      }),
    },
    settings: {
      read: async () => settingsView(),
      write: async (section, value, actor) => {
        settings = { ...settings, [section]: { ...settings[section], ...value } };
        return changed('settings.write', actor, { [section]: value }, settingsView());
      },
    },
    notifications: {
      list: async () => [channel],
      create: async (input, actor) =>
        changed('notifications.create', actor, input, {
          channel,
          signingKey: new Secret('whsec_shown-once'),
        }),
      change: async (id, change, actor) =>
        changed('notifications.change', actor, change, { channel: one(id, channel), signingKey: null }),
      delete: async (id, actor) => changed('notifications.delete', actor, one(id, channel).id, undefined),
      test: async () => ({ ok: true, message: 'It arrived.' }),
      previewDigest: async () => ({ subject: 'Lineup: Weekly digest', text: 'All is well.' }),
      sendDigest: async () => ({ ok: true, message: 'It arrived.' }),
    },
    apiTokens: {
      list: async () => [entry],
      create: async (input, actor) =>
        changed('apiTokens.create', actor, input, { token: new Secret('lineup_shown-once'), entry }),
      revoke: async (id, actor) => changed('apiTokens.revoke', actor, one(id, entry).id, undefined),
      authenticate: async (token) => {
        const role = (Object.keys(tokens) as Role[]).find((name) => tokens[name] === token.reveal());
        return role && { id: `tok_${role}`, person: `usr_${role}`, name: `The ${role}’s token`, role };
      },
    },
    auditLog: {
      list: async () => ({ items: [], next: null }),
      exported: async () => [['time', 'actor']],
      record: async (actor, line) => {
        audit.push({ ...line, actor });
      },
    },
    signInAttempts: {
      begin: async () => ({ waitSeconds: 0, failed: async () => {}, succeeded: async () => {} }),
    },
    status: {
      outdated: () => undefined,
      ready: async () => [{ name: 'database', ok: service.ready, message: 'It answers.' }],
      metrics: async () => ({
        runs: { succeeded: 2, failed: 1 },
        going: { working: 2, waiting: 40 },
        values: {
          scanned: 5,
          missing: 1,
          invalid: 1,
          suppressed: 0,
          held_out: 0,
          duplicates: 0,
          unique: 3,
          uploaded: 3,
        },
        lineRequests: [
          { status: 200, count: 7 },
          { status: null, count: 1 },
        ],
        queue: { depth: 4, oldestSeconds: 1.5 },
        quarantinedSources: 1,
        jobs: [
          { id: 'job_1', status: 'sleeping', condition: 'waiting', lastSuccessAt: new Date() },
          { id: 'job_2', status: 'failed', condition: 'failed', lastSuccessAt: null },
        ],
        incompleteJobs: 1,
        events: { 'run.started': 5 },
      }),
    },
  };
  return service;
}

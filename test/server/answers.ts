/** An answer for every use case: for tests of all routes. The rules of the domain are not in it. */
import { authorization, verification } from '../../src/contracts/authorizations.ts';
import type { BulkUpdate } from '../../src/contracts/bulk.ts';
import { baseAccount, consentAttempt } from '../../src/contracts/consents.ts';
import { adAccounts, customAudience, overlap, sharedAudience, twins } from '../../src/contracts/custom-audiences.ts';
import { erasure, erasureUndone } from '../../src/contracts/erasures.ts';
import { healthReport } from '../../src/contracts/health-report.ts';
import { jobHistory } from '../../src/contracts/job-history.ts';
import { jobMove } from '../../src/contracts/job-move.ts';
import { jobPartPage, jobRow, jobRowPage } from '../../src/contracts/job-rows.ts';
import { bulkResult, jobPage, jobTransition } from '../../src/contracts/jobs.ts';
import { channel, channelTest, digestPreview } from '../../src/contracts/notifications.ts';
import { outlook } from '../../src/contracts/outlook.ts';
import { overview } from '../../src/contracts/overview.ts';
import { numberedRunEvent, runPage } from '../../src/contracts/run-progress.ts';
import { matchingObservation, runRequestEntry } from '../../src/contracts/runs.ts';
import { type SettingsView, settingSections } from '../../src/contracts/settings.ts';
import { preview, sample as sampled, source, sourceFields } from '../../src/contracts/sources.ts';
import { upload } from '../../src/contracts/uploads.ts';
import { webhookSecret, webhookTaken } from '../../src/contracts/webhooks.ts';
import { alertPage } from '../../src/domain/alerts/alerts.ts';
import { suppressionListView } from '../../src/domain/audiences/suppression-lists.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { apiToken, formerUser } from '../../src/domain/people/people.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { job, run, runReport } from '../support/examples.ts';
import { sample } from '../support/sample.ts';
import type { Given } from '../support/use-cases.ts';

const created = <T>(value: T) => ({ value, replayed: false });
const page = <T>(...items: T[]) => ({ items, next: null });
const settings = Object.fromEntries(
  Object.entries(settingSections).map(([section, schema]) => [section, schema.parse({})]),
) as unknown as Omit<SettingsView, 'warnings'>;

function known<T extends { id: string }>(id: string, value: T): T {
  if (id !== value.id) throw new LineupError('not_found', `There is no ${id}.`);
  return value;
}

async function* outcomes(): AsyncGenerator<BulkUpdate> {
  yield { type: 'jobs', count: 1 };
  yield { type: 'job', id: 'job_1', outcome: 'done', error: null };
}

export const answers = (): Given => ({
  alerts: { list: async () => sample(alertPage) },
  authorizations: {
    list: async () => [sample(authorization)],
    get: async () => sample(authorization),
    create: async () => created(sample(authorization)),
    change: async () => sample(authorization),
    delete: async () => {},
    verify: async () => sample(verification),
    usedBy: async () => [],
  },
  consents: {
    begin: async () => sample(consentAttempt),
    answer: async () => ({ authorizationId: 'aut_1', outcome: 'connected' }),
    enterCode: async () => {},
    disconnect: async () => {},
    baseAccounts: async () => [sample(baseAccount)],
    chooseBaseAccount: async () => {},
  },
  singleSignOn: {},
  sources: {
    list: async () => [sample(source)],
    audiences: async () => page(),
    fields: async () => sample(sourceFields),
    sample: async () => sample(sampled),
    preview: async () => sample(preview),
  },
  webhooks: {
    take: async () => sample(webhookTaken),
    makeSecret: async () => sample(webhookSecret),
  },
  uploads: {
    maxBytes: 1_000_000,
    list: async () => [sample(upload)],
    get: async () => sample(upload),
    create: async (_, { bytes }) => {
      for await (const _block of bytes);
      return sample(upload);
    },
    change: async () => sample(upload),
    delete: async () => {},
  },
  customAudiences: {
    accounts: async () => sample(adAccounts),
    list: async () => page(sample(customAudience)),
    get: async () => sample(customAudience),
    shared: async () => page(sample(sharedAudience)),
    size: async () => ({ size: 57_207, basis: 'upload_jobs', run_id: null, at: null }),
    rename: async () => sample(customAudience),
    delete: async () => {},
    overlap: async () => sample(overlap),
    twins: async () => sample(twins),
    lookalike: async () => sample(customAudience),
  },
  jobs: {
    list: async () => sample(jobPage, { items: [job], total: 1 }),
    rows: async () => sample(jobRowPage, { items: [sample(jobRow, { id: 'job_1' })], total: 1 }),
    tags: async () => [{ tag: 'summer', jobs: 1 }],
    get: async (id) => known(id, job),
    validate: async () => ({
      errors: [{ path: 'configuration.adaccount_id', message: 'LINE does not know it.' }],
      warnings: [],
    }),
    outlook: async () => sample(outlook),
    move: async () => sample(jobMove),
    parts: async () => sample(jobPartPage),
    create: async () => created(job),
    change: async () => job,
    delete: async () => {},
    act: async () => job,
    approve: async () => job,
    actOnMany: async () => sample(bulkResult).results,
    actOnChosen: async () => outcomes(),
    changeChosen: async () => outcomes(),
    history: async () => sample(jobHistory),
    transitions: async () => page(sample(jobTransition)),
    previewSchedule: async () => ({ times: [new Date(0)], words: [] }),
  },
  configuration: { validate: async () => ({ steps: [] }) },
  suppressionLists: {
    list: async () => [sample(suppressionListView)],
    get: async () => sample(suppressionListView),
    create: async () => created(sample(suppressionListView)),
    change: async () => sample(suppressionListView),
    delete: async () => {},
    acceptSize: async () => sample(suppressionListView),
  },
  formerUsers: { erase: async () => sample(formerUser, { name: 'former user 1' }) },
  erasures: {
    list: async () => [],
    forget: async () => sample(erasure),
    undo: async () => sample(erasureUndone),
  },
  runs: {
    list: async () => sample(runPage, { items: [run] }),
    get: async (id) => known(id, run),
    document: async (id) => (id === 'run_queued' ? null : runReport),
    events: async () => page(sample(numberedRunEvent)),
    requests: async () => page(sample(runRequestEntry)),
    matching: async () => [sample(matchingObservation)],
    watch: async (id) => {
      known(id, run);
      return (async function* () {
        yield { type: 'run' as const, run };
      })();
    },
  },
  healthReport: { read: async () => sample(healthReport) },
  overview: { read: async () => sample(overview) },
  settings: {
    read: async () => ({ ...settings, warnings: [], mail_password: false }),
    write: async () => ({ ...settings, warnings: [], mail_password: false }),
  },
  notifications: {
    list: async () => [sample(channel)],
    create: async () => ({ channel: sample(channel), signingKey: new Secret('whsec_shown-once') }),
    change: async () => ({ channel: sample(channel), signingKey: null }),
    delete: async () => {},
    test: async () => sample(channelTest),
    previewDigest: async () => sample(digestPreview),
    sendDigest: async () => sample(channelTest),
  },
  apiTokens: {
    list: async () => [sample(apiToken)],
    create: async () => ({ token: new Secret('lineup_shown-once'), entry: sample(apiToken) }),
    revoke: async () => {},
  },
  auditLog: {
    list: async () => page(),
    inOrder: async ({ after }) => ({ items: [], after, newest: after }),
    exported: async () => [['time', 'actor']],
    record: async () => {},
  },
  signInAttempts: { begin: async () => ({ waitSeconds: 0, failed: async () => {}, succeeded: async () => {} }) },
  status: {
    ready: async () => [{ name: 'database', ok: true, message: 'It answers.' }],
    metrics: async () => ({
      runs: { succeeded: 2, failed: 1 },
      going: { working: 2, waiting: 40 },
      values: { scanned: 5, missing: 1, invalid: 1, suppressed: 0, held_out: 0, duplicates: 0, unique: 3, uploaded: 3 },
      lineRequests: [
        { status: 200, count: 7 },
        { status: null, count: 1 },
      ],
      queue: { depth: 4, oldestSeconds: 1.5 },
      quarantinedSources: 1,
      openAlerts: [{ rule: 'late', count: 2 }],
      auditStreams: [{ name: 'file', lagSeconds: 3 }],
      jobs: [
        { status: 'sleeping', condition: 'waiting', count: 1 },
        { status: 'failed', condition: 'failed', count: 1 },
      ],
      lastSuccesses: [
        { id: 'job_1', at: new Date(Date.now() - 9 * 24 * 3_600_000) },
        { id: 'job_2', at: null },
      ],
      totalsAt: new Date(),
      incompleteJobs: 1,
      events: { 'run.started': 5 },
    }),
  },
});

/**
 * Jobs, their runs, and what a job refers to: sources, uploads, suppression lists, authorizations, providers, and the
 * custom audiences at LINE.
 */

import { providers } from '../../contracts/providers/index.ts';
import { readRunFilter } from '../../contracts/runs.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { leavesOut } from '../../domain/runs/left-out.ts';
import type { RunDocument } from '../../domain/runs/run.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { authorizationEndpoints, providerEndpoints } from '../../endpoints/authorizations.ts';
import type { configurationEndpoints } from '../../endpoints/configuration.ts';
import type { customAudienceEndpoints } from '../../endpoints/custom-audiences.ts';
import type { erasureEndpoints } from '../../endpoints/erasures.ts';
import type { healthReportEndpoints } from '../../endpoints/health-report.ts';
import type { jobEndpoints } from '../../endpoints/jobs.ts';
import type { runEndpoints } from '../../endpoints/runs.ts';
import type { sourceEndpoints, uploadEndpoints } from '../../endpoints/sources.ts';
import type { suppressionListEndpoints } from '../../endpoints/suppression-lists.ts';
import { answerFor } from '../errors.ts';
import type { Deps, Handlers } from '../handler.ts';
import { Looks } from '../looks.ts';

export const jobHandlers = ({ useCases: { jobs, alerts } }: Deps): Handlers<typeof jobEndpoints> => ({
  'GET /jobs': ({ query, principal }) => jobs.list(query, principal.role),
  'GET /jobs/tags': async () => ({ items: await jobs.tags() }),
  'POST /jobs': ({ body, principal, creation }) => jobs.create(body, principal, creation),
  'POST /jobs/validate': async ({ body, signal }) => ({ errors: await jobs.validate(body, signal) }),
  'POST /jobs/next-times': async ({ body: { schedule, count, language } }) => {
    const { times, words } = await jobs.previewSchedule(schedule, count, language);
    return { times: times.map((time) => time.toISOString()), words };
  },
  'GET /jobs/:id': ({ params }) => jobs.get(params.id),
  'PATCH /jobs/:id': ({ params, body: { revision, let_in, ...change }, principal }) =>
    jobs.change(params.id, revision, change, principal, let_in),
  'DELETE /jobs/:id': ({ params, principal }) => jobs.delete(params.id, principal),
  'POST /jobs/:id/actions/:action': ({ params: { id, action }, principal }) => jobs.act(id, action, principal),
  'POST /jobs/:id/actions/run_anyway': ({ params, body, principal }) => jobs.approve(params.id, body, principal),
  'POST /jobs/actions/:action': async ({ params, body, principal }) => ({
    results: await jobs.actOnMany(body.ids, params.action, principal),
  }),
  'GET /alerts': async ({ query, request }) => {
    const page = await alerts.list(query);
    return answerFor(request, page, true) as typeof page;
  },
  'GET /jobs/:id/log': async ({ params, query, request }) => {
    const page = await jobs.transitions(params.id, query);
    return answerFor(request, page, true) as typeof page;
  },
});

export const configurationHandlers = ({
  useCases: { configuration },
}: Deps): Handlers<typeof configurationEndpoints> => ({
  'POST /configuration/validate': ({ body, principal, signal }) => configuration.validate(body, principal, signal),
});

export function runHandlers({ useCases: { runs } }: Deps): Handlers<typeof runEndpoints> {
  const report = async (id: string): Promise<RunDocument> => {
    const document = await runs.document(id);
    if (document) return document;
    throw new LineupError('not_found', sentence`The run has not started yet, so there is no report.`);
  };
  return {
    'GET /runs': async ({ query: { limit, cursor, ...filter } }) =>
      runs.list({ limit, cursor, ...readRunFilter(filter) }),
    'GET /runs/:id': ({ params }) => runs.get(params.id),
    'GET /runs/:id/report': ({ params }) => report(params.id),
    'GET /runs/:id/report.csv': async ({ params, request }) => {
      const whole = await report(params.id);
      const shown = answerFor(request, whole) as RunDocument;
      return { name: `run-${params.id.replace(/[^\w-]/g, '')}.csv`, text: reportCsv(shown) };
    },
    'GET /runs/:id/journal': async ({ params, query, request }) => {
      const page = await runs.events(params.id, query);
      // Its entries alone do not say whether the run leaves members out.
      return answerFor(request, page, leavesOut(await runs.get(params.id))) as typeof page;
    },
    'GET /runs/:id/requests': ({ params, query }) => runs.requests(params.id, query),
    'GET /runs/:id/matching': async ({ params, query }) => ({
      items: await runs.matching(params.id, query.delivery),
    }),
    'GET /runs/:id/events': ({ params, headers, signal }) => runs.watch(params.id, headers['last-event-id'], signal),
  };
}

export const healthReportHandlers = ({ useCases: { healthReport } }: Deps): Handlers<typeof healthReportEndpoints> => ({
  'GET /health-report': async ({ query, request }) => {
    const page = await healthReport.read(query);
    return answerFor(request, page, true) as typeof page;
  },
});

type Row = readonly [section: string, name: string, value: string | number | null];

/** The result of a run for a spreadsheet: one `section, name, value` on each line, without personal data. */
export function reportCsv(run: RunDocument): string {
  const rows: Row[] = [
    ['run', 'id', run.runId],
    ['run', 'status', run.status],
    ['run', 'started', run.startedAt],
    ['run', 'ended', run.endedAt],
    ['run', 'source', run.source],
    ['run', 'ad account', run.adAccountId],
    ...identifier(run),
    ['run', 'audience id', run.audience?.id ?? null],
    ['run', 'audience name', run.audience?.name ?? null],
    ['run', 'error', run.error?.message ?? null],
    ...delivered(run),
    ...(run.siblings ?? []).flatMap(sibling),
  ];
  return [['section', 'name', 'value'], ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

type Sibling = NonNullable<RunDocument['siblings']>[number];

const row = (name: string, value: string | null): Row => ['run', name, value];

/** Nothing for a run with one identifier. */
const identifier = ({ identifierType, field }: Pick<RunDocument, 'identifierType' | 'field'>): Row[] =>
  identifierType && field ? [row('identifier type', identifierType), row('field', field)] : [];

/** A further identifier, with its number in each section. */
const sibling = (one: Sibling): Row[] =>
  [
    ...identifier(one),
    row('audience id', one.audience.id),
    row('audience name', one.audience.name),
    row('error', one.error?.message ?? null),
    ...delivered(one),
  ].map(([section, name, value]): Row => [`identifier ${one.delivery}: ${section}`, name, value]);

type Delivered = Pick<RunDocument, 'counts' | 'invalidRows' | 'chunks' | 'warnings'>;

const delivered = (one: Delivered): Row[] => [
  ...counts(one),
  ...one.chunks.flatMap(chunk),
  ...one.warnings.map(({ code, message }): Row => ['warning', code, message]),
];

function counts({ counts: all, invalidRows }: Delivered): Row[] {
  if (!all) return [];
  const { invalid, ...plain } = all;
  return [
    ...Object.entries(plain).map(([name, value]): Row => ['count', name, value]),
    ...Object.entries(invalid).map(([reason, value]): Row => ['invalid', reason, value]),
    ...Object.entries(invalidRows).map(([reason, rows]): Row => ['invalid rows', reason, rows.join(' ')]),
  ];
}

function chunk(one: RunDocument['chunks'][number]): Row[] {
  const section = `chunk ${one.index}`;
  return [
    [section, 'action', one.action],
    [section, 'records', one.records],
    [section, 'bytes', one.bytes],
    [section, 'sha256', one.sha256],
    [section, 'upload job', one.uploadJobId],
    [section, 'upload job status', one.jobStatus],
    [section, 'upload job failure', one.failedType],
    [section, 'accepted by LINE', one.audienceCount],
  ];
}

/** An apostrophe keeps a spreadsheet from running text as a formula. */
function cell(value: string | number | null): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Previews read whole sources, so they leave readers to fields and samples, which take a moment. */
const MAX_PREVIEWS = 4;
const MAX_SHORT_LOOKS = 8;

export function sourceHandlers({ useCases: { sources } }: Deps): Handlers<typeof sourceEndpoints> {
  const previews = new Looks(MAX_PREVIEWS);
  const short = new Looks(MAX_SHORT_LOOKS);
  return {
    'GET /sources': async () => ({ items: await sources.list() }),
    'GET /sources/audiences': ({ query: { authorization_id = null, ...page }, signal }) =>
      sources.audiences(authorization_id, page, signal),
    'GET /sources/fields': ({ query: { authorization_id = null, segment_id, ...options }, principal, signal }) =>
      short.take(principal.person, signal, () =>
        sources.fields(principal.role, authorization_id, segment_id, signal, options),
      ),
    'POST /sources/sample': ({ body, principal, signal }) =>
      short.take(principal.person, signal, () => sources.sample(principal, body, signal)),
    'POST /sources/preview': ({ body, principal, signal }) =>
      previews.take(principal.person, signal, () => sources.preview(principal, body, signal)),
  };
}

export const uploadHandlers = ({ useCases: { uploads } }: Deps): Handlers<typeof uploadEndpoints> => ({
  'GET /uploads': async () => ({ items: await uploads.list(), max_bytes: uploads.maxBytes }),
  'GET /uploads/:id': ({ params }) => uploads.get(params.id),
  'POST /uploads': ({ query, content, principal, signal }) => uploads.create(query, content, principal, signal),
  'PATCH /uploads/:id': ({ params, body, principal }) => uploads.change(params.id, body.policy, principal),
  'DELETE /uploads/:id': ({ params, principal }) => uploads.delete(params.id, principal),
});

export const suppressionListHandlers = ({
  useCases: { suppressionLists },
}: Deps): Handlers<typeof suppressionListEndpoints> => ({
  'GET /suppression-lists': async () => ({ items: await suppressionLists.list() }),
  'POST /suppression-lists': ({ body, principal, creation }) => suppressionLists.create(body, principal, creation),
  'GET /suppression-lists/:id': ({ params }) => suppressionLists.get(params.id),
  'PATCH /suppression-lists/:id': ({ params, body: { revision, let_in, ...change }, principal }) =>
    suppressionLists.change(params.id, revision, change, principal, let_in),
  'DELETE /suppression-lists/:id': ({ params, query, principal }) =>
    suppressionLists.delete(params.id, principal, query.let_in),
  'POST /suppression-lists/:id/accept-size': ({ params, body, principal }) =>
    suppressionLists.acceptSize(params.id, body, principal),
});

export const authorizationHandlers = ({
  useCases: { authorizations },
}: Deps): Handlers<typeof authorizationEndpoints> => ({
  'GET /authorizations': async () => ({ items: await authorizations.list() }),
  'POST /authorizations': ({ body, principal, creation }) => authorizations.create(body, principal, creation),
  'GET /authorizations/:id': ({ params }) => authorizations.get(params.id),
  'PATCH /authorizations/:id': ({ params, body: { revision, ...change }, principal }) =>
    authorizations.change(params.id, revision, change, principal, principal.role),
  'DELETE /authorizations/:id': ({ params, principal }) => authorizations.delete(params.id, principal),
  'POST /authorizations/:id/verify': ({ params, body, principal, signal }) =>
    authorizations.verify(params.id, { adAccountId: body.adaccount_id }, principal, signal),
  'GET /authorizations/:id/jobs': async ({ params }) => ({ items: await authorizations.usedBy(params.id) }),
});

export const customAudienceHandlers = ({
  useCases: { customAudiences },
}: Deps): Handlers<typeof customAudienceEndpoints> => ({
  'GET /ad-accounts': ({ query, signal }) => customAudiences.accounts(query.authorization_id, signal),
  'GET /custom-audiences': ({ query, signal }) => customAudiences.list(query, signal),
  'GET /custom-audiences/:id': ({ query, params, signal }) => customAudiences.get(query, params.id, signal),
  'GET /custom-audiences/:id/size': ({ query, params, signal }) => customAudiences.size(query, params.id, signal),
  'PATCH /custom-audiences/:id': ({ params, body: { name, ...account }, principal }) =>
    customAudiences.rename(account, params.id, name, principal),
  'DELETE /custom-audiences/:id': ({ query, params, principal }) => customAudiences.delete(query, params.id, principal),
  'POST /custom-audiences/overlap': ({ body, signal }) => customAudiences.overlap(body, signal),
  'POST /custom-audiences/lookalikes': ({ body, principal }) => customAudiences.lookalike(body, principal),
});

const items = providers.map(({ id, label, about, role, methods, jobTypes }) => ({
  id,
  label,
  about,
  role,
  methods: methods.map((method) => ({
    id: method.id,
    label: method.label,
    help: method.help,
    fields: method.fields,
  })),
  job_types: jobTypes,
}));

export const providerHandlers = (): Handlers<typeof providerEndpoints> => ({
  'GET /providers': () => ({ items }),
});

export const erasureHandlers = ({ useCases: { erasures } }: Deps): Handlers<typeof erasureEndpoints> => ({
  'GET /erasures': async () => ({ items: await erasures.list() }),
  'POST /erasures': ({ body, principal, signal }) => erasures.forget(body, principal, signal),
  'POST /erasures/undo': ({ body, principal }) => erasures.undo(body, principal),
});

/**
 * Use cases of sources: list audiences, read their fields, and preview an export. A preview uses the same scan and the same rules,
 * but writes no lines to disk. So a killed process leaves nothing of a preview behind.
 */
import { LineupError } from '../../contracts/errors.ts';
import { uploadOfSegment } from '../../contracts/file-names.ts';
import { chunkLimits } from '../../contracts/line-limits.ts';
import { mayDo, type Role } from '../../contracts/people.ts';
import type { Clock } from '../../contracts/ports.ts';
import type { IdentifierType } from '../../contracts/requests.ts';
import { localized, sentence } from '../../contracts/sentence.ts';
import {
  fileOptionsKey,
  type Preview,
  type PreviewRequest,
  type Sample,
  type SampleRequest,
  type SourceField,
} from '../../contracts/sources.ts';
import type { Sources } from '../../contracts/use-cases.ts';
import { chunkName } from '../../export/context.ts';
import { noFolder } from '../../export/stage/chunk-files.ts';
import { threadedKernel } from '../../export/stage/kernel-threads.ts';
import { stage } from '../../export/stage/stage.ts';
import type { LineRules, Staged } from '../../export/stage/types.ts';
import { listWarnings, type ReadLists, readLists, scanAfterLists } from '../../export/suppression.ts';
import { stagingWarnings } from '../../export/warnings.ts';
import { scansOfSource } from '../../sources/scans.ts';
import type { SourceField as FoundField, Scan, Source } from '../../sources/source.ts';
import { listAuthorizations } from '../../store/repositories/authorizations.ts';
import { isSourceOfJob } from '../../store/repositories/jobs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { listsForRun } from '../suppression-lists/for-run.ts';
import { withTimeout } from './registry.ts';
import type { SourceRef } from './source-ref.ts';

export function sourceUseCases(deps: UseCaseDeps): Sources {
  const { db, sources } = deps;
  return {
    list: async () => [
      { authorization_id: null, provider: 'files', label: 'Files' },
      ...(await listAuthorizations(db))
        .filter(({ provider }) => sources.has(provider))
        .map(({ id, provider, label }) => ({ authorization_id: id, provider, label })),
    ],
    audiences: (authorizationId, page, signal) =>
      withTimeout(deps, signal, (inner) => sources.audiences(authorizationId, page, inner)),
    fields: async (role, authorizationId, audienceId, signal, options) => {
      const ref = { authorizationId, audienceId, options };
      await assertMayRead(deps, role, ref, 'fields', signal);
      return withTimeout(deps, signal, async (inner) => {
        const source = await sources.open(ref, 'person', inner);
        try {
          const items = (await source.fields(inner)).map(describe);
          const notice = source.notice ? localized(source.notice) : null;
          return { items, notice, file: source.reading ?? null };
        } finally {
          await source.close();
        }
      });
    },
    sample: async (role, request, signal) => {
      await assertMayRead(deps, role, refOf(request), 'preview', signal);
      return withTimeout(deps, signal, (inner) => sampleOf(deps, request, inner));
    },
    preview: async (role, request, signal) => {
      await assertMayRead(deps, role, refOf(request), 'preview', signal);
      return previewOf(deps, request, signal);
    },
  };
}

const describe = ({ name, type, list }: FoundField): SourceField => ({
  name,
  type,
  list,
  coverage: null,
  suggested_for: suggestionFor(name),
});

/** Common names of such fields. The order matters: "email_phone" is more likely an e-mail address. */
const usual: readonly (readonly [IdentifierType, RegExp])[] = [
  ['email', /e-?mails?|メール/i],
  ['phone', /phones?|mobile_?(number|no)|\btel\b|msisdn|電話/i],
  ['ifa', /idfa|gaid|aaid|\bifa\b|advertising_?id/i],
];

const suggestionFor = (name: string): IdentifierType | null =>
  usual.find(([, pattern]) => pattern.test(name))?.[0] ?? null;

/** `fields` reads how an audience is structured; `preview` reads its members. */
export type Look = 'fields' | 'preview';

/**
 * Every request for fields or a preview passes this check. Only roles that may look at everything can create jobs; a test compares
 * that with the permission table.
 *
 * Editors may look at anything that can be opened. Viewers may look at sources of saved jobs, and at the fields of listed
 * audiences. A viewer cannot make the service read a query, path or URL of their own, or read a file with options of their own.
 * @throws {LineupError} `not_permitted`; `not_found` for an authorization that is gone
 */
export async function assertMayRead(
  { db, sources, sleep }: Pick<UseCaseDeps, 'db' | 'sources' | 'sleep'>,
  role: Role,
  ref: SourceRef,
  look: Look,
  signal: AbortSignal,
): Promise<void> {
  // Even if a job was saved with this upload: otherwise a viewer could find out which uploads exist.
  if (ref.authorizationId === null && uploadOfSegment(ref.audienceId) !== undefined) {
    if (mayDo(role, 'uploads.read')) return;
    throw new LineupError('not_permitted', sentence`Only an editor or an administrator may do this.`);
  }
  if (mayDo(role, 'sources.any') || (await isSourceOfJob(db, ref))) return;
  const asked = fileOptionsKey(ref.options) !== '';
  if (
    look === 'fields' &&
    !asked &&
    (await withTimeout({ sleep }, signal, (inner) => sources.lists(ref, inner)))
  )
    return;
  throw new LineupError(
    'not_permitted',
    look === 'fields'
      ? sentence`A viewer may see only audiences in the list or in a saved job. For another query, path or URL, ask an editor.`
      : sentence`A viewer may preview only the audience and field of a saved job. For another preview, ask an editor.`,
  );
}

/** Examples come from this many first members. */
const LOOKED_AT = 1_000;
const EXAMPLES = 5;

export const refOf = (request: SampleRequest): SourceRef => ({
  authorizationId: request.source_authorization_id,
  audienceId: request.segment_id,
  options: request.file_options,
});

/** The number of sample values of a field. */
const SAMPLE = 5;

/** @throws {LineupError} `source_*`, `field_not_found` */
export async function sampleOf(
  { sources }: Pick<UseCaseDeps, 'sources'>,
  request: SampleRequest,
  signal: AbortSignal,
): Promise<Sample> {
  const source = await sources.open(refOf(request), 'person', signal);
  try {
    const rows = await source.preview(request.id_field, SAMPLE, signal);
    return { items: rows.map(({ row, values }) => ({ row, value: values.join(', ') })) };
  } finally {
    await source.close();
  }
}

/** @throws {LineupError} `source_*`, `field_not_found`; `interrupted` when `signal` is aborted */
export async function previewOf(
  deps: Pick<UseCaseDeps, 'db' | 'sources' | 'sleep'>,
  request: PreviewRequest,
  signal: AbortSignal,
): Promise<Preview> {
  const { identifier_type: identifierType, id_field: field } = request;
  const job = { chosen: request.suppression_lists, identifierType };
  const lists = await listsForRun(deps, job, 'person', signal);
  const rules = rulesOf(request);
  const readAll = () =>
    readLists({ lists, rules, startKernel: threadedKernel, signal, onProgress: () => {} });
  let source: Source | undefined;
  const open = async () => {
    source = await deps.sources.open(refOf(request), 'person', signal);
    return source;
  };
  return scanAfterLists(
    scansOfSource(open, [field], signal),
    lists.length > 0 ? readAll : undefined,
    async () => ({}),
    async (scan, _, read) => {
      const staged = await count(scan, rules, read, deps.sleep, signal);
      return {
        complete: true,
        counts: staged.counts,
        examples: await examplesOf(source!, field, staged, signal),
        chunks: staged.chunks.length,
        warnings: [...stagingWarnings(staged, { identifierType }), ...listWarnings(lists)],
      };
    },
  );
}

const rulesOf = (request: PreviewRequest): LineRules => ({
  identifierType: request.identifier_type,
  ifaFormat: request.ifa_format,
  defaultCountry: request.default_country ?? undefined,
  holdOut: request.hold_out ?? undefined,
  maxChunkRecords: chunkLimits.maxRecords,
  maxChunkBytes: chunkLimits.defaultBytes,
});

const count = (
  scan: Scan,
  rules: LineRules,
  lists: ReadLists | undefined,
  sleep: Clock['sleep'],
  signal: AbortSignal,
): Promise<Staged> =>
  stage({
    ...rules,
    scan,
    folder: noFolder,
    chunkName,
    startKernel: lists?.startKernel,
    lists: lists?.read.length,
    signal,
    clock: { sleep },
  });

async function examplesOf(
  source: Source,
  field: string,
  { findings }: Staged,
  signal: AbortSignal,
): Promise<Preview['examples']> {
  const reasons = Object.entries(findings.invalidRows);
  if (reasons.length === 0) return {};
  const rows = await source.preview(field, LOOKED_AT, signal);
  const masked = new Map(rows.map(({ row, values }) => [row, values.join(', ')]));
  return Object.fromEntries(
    reasons.map(([reason, numbers]) => [
      reason,
      numbers
        .flatMap((row) => {
          const value = masked.get(row);
          return value === undefined ? [] : [{ row, value }];
        })
        .slice(0, EXAMPLES),
    ]),
  );
}

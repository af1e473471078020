/**
 * Use cases of sources: list audiences, read their fields, and preview an export. A preview uses the same scan and the
 * same rules, but writes no lines to disk. So a killed process leaves nothing of a preview behind.
 */

import { findProvider, isRemoteSource, type SourceTraits } from '../../contracts/providers/index.ts';
import type { Sample, SampleRequest, SourceField } from '../../contracts/sources.ts';
import type { Sources } from '../../contracts/use-cases.ts';
import { suggestedType } from '../../domain/audiences/field-names.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import { fileOptionsKey } from '../../domain/files/file-options.ts';
import { assertMayDo, type Caller, mayDo, type Role } from '../../domain/people/people.ts';
import { localized, sentence } from '../../domain/text/sentence.ts';
import type { SourceField as FoundField } from '../../sources/source.ts';
import { listAuthorizations } from '../../store/repositories/authorizations.ts';
import { isSourceOfJob } from '../../store/repositories/jobs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { previewOf } from './preview.ts';
import { countQueryLook } from './query-looks.ts';
import { LOOK, previewTooLong, withTimeout } from './registry.ts';
import { refOf, type SourceRef } from './source-ref.ts';

export function sourceUseCases(deps: UseCaseDeps): Sources {
  const { db, sources } = deps;
  return {
    list: async () => [
      { authorization_id: null, provider: 'files', label: 'Files', ...traitsOf('files') },
      ...(await listAuthorizations(db))
        .filter(({ provider }) => isRemoteSource(provider))
        .map(({ id, provider, label }) => ({
          authorization_id: id,
          provider,
          label,
          ...traitsOf(provider),
        })),
    ],
    audiences: (authorizationId, page, signal) =>
      withTimeout(deps, signal, (inner) => sources.audiences(authorizationId, page, inner)),
    fields: async (role, authorizationId, audienceId, signal, options) => {
      const ref = { authorizationId, audienceId, options };
      await assertMayRead(deps, role, ref, null, signal);
      return withTimeout(deps, signal, async (inner) => {
        const source = await sources.open(ref, 'person', inner, LOOK);
        try {
          const items = (await source.fields(inner)).map(describe);
          const notice = source.notice ? localized(source.notice) : null;
          return { items, notice, file: source.reading ?? null, query: source.isQuery };
        } finally {
          await source.close();
        }
      });
    },
    sample: async (caller, request, signal) => {
      const look = { fields: [request.id_field], hashed: false };
      await assertMayRead(deps, caller.role, refOf(request), look, signal);
      return withTimeout(deps, signal, (inner) => sampleOf(deps, caller, request, inner));
    },
    preview: async (caller, request, signal) => {
      const ids = [request, ...request.siblings].map(({ id_field }) => id_field);
      const fields = request.split ? [...ids, request.split.column] : ids;
      const look = { fields, hashed: request.hash_in_database };
      await assertMayRead(deps, caller.role, refOf(request), look, signal);
      return withTimeout(deps, signal, (inner) => previewOf(deps, caller, request, inner), previewTooLong);
    },
  };
}

const traitsOf = (provider: string): Required<SourceTraits> => ({
  written: null,
  files: false,
  hashes: false,
  watches: [],
  ...findProvider(provider)?.source,
});

const describe = ({ name, type, list }: FoundField): SourceField => ({
  name,
  type,
  list,
  coverage: null,
  suggested_for: suggestedType(name),
});

/** A look at values of members, of these fields; with `hashed`, their database hashes them. */
interface LookAtMembers {
  readonly fields: readonly string[];
  readonly hashed: boolean;
}

/**
 * Every request for fields or a preview passes this check. Only roles that may look at everything can create jobs; a
 * test compares that with the permission table.
 *
 * Editors may look at anything that can be opened. Viewers may look at what saved jobs export, and at the names of the
 * fields of listed audiences. A viewer cannot make the service read a query, path or URL of their own, or read a file
 * with options of their own. Nor can a viewer see other columns of the members, take identifiers out of a database
 * where all jobs leave them, or let one hash that no job lets hash.
 * @param look null: only how the audience is structured
 * @throws {LineupError} `not_permitted`; `not_found` for an authorization that is gone
 */
export async function assertMayRead(
  { db, sources, sleep }: Pick<UseCaseDeps, 'db' | 'sources' | 'sleep'>,
  role: Role,
  ref: SourceRef,
  look: LookAtMembers | null,
  signal: AbortSignal,
): Promise<void> {
  // Even if a job was saved with this upload: otherwise a viewer could find out which uploads exist.
  if (ref.authorizationId === null && uploadOfSegment(ref.audienceId) !== undefined) {
    return assertMayDo(role, 'uploads.read');
  }
  if (mayDo(role, 'sources.any') || (await isSourceOfJob(db, ref, look ?? undefined))) return;
  const asked = fileOptionsKey(ref.options) !== '';
  if (!look && !asked && (await withTimeout({ sleep }, signal, (inner) => sources.lists(ref, inner)))) return;
  throw new LineupError(
    'not_permitted',
    look
      ? sentence`A viewer may preview only the fields that a saved job exports, hashed in the database if the job does that. For another preview, ask an editor.`
      : sentence`A viewer may see only audiences in the list or in a saved job. For another query, path or URL, ask an editor.`,
  );
}

/** The number of sample values of a field. */
const SAMPLE = 5;
/** The number of members that tell how often a field is filled. */
const COUNTED = 100;

async function sampleOf(
  deps: UseCaseDeps,
  caller: Caller,
  request: SampleRequest,
  signal: AbortSignal,
): Promise<Sample> {
  const { id_field: field, identifier_type: identifierType, default_country: defaultCountry = null } = request;
  const source = await deps.sources.open(refOf(request), 'person', signal, LOOK);
  try {
    if (source.isQuery) {
      await countQueryLook(deps, caller, request.source_authorization_id, {
        kind: 'sample',
        fields: [field],
      });
      const rules = identifierType === undefined ? null : { identifierType, defaultCountry };
      const rows = await source.outcomes({ field, limit: SAMPLE, rules }, signal);
      return { items: rows.map((row) => ({ ...row, value: null })) };
    }
    const rows = await source.preview(field, COUNTED, signal);
    return {
      items: rows.slice(0, SAMPLE).map(({ row, values }) => ({ row, value: values.join(', ') })),
      filled: { members: rows.filter(({ values }) => values.some((value) => value !== '')).length, of: rows.length },
    };
  } finally {
    await source.close();
  }
}

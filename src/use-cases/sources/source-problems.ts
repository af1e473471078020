/** Reads a source to check what a person saves: whether it can be read, and has the fields. */

import { findProvider, isRemoteSource } from '../../contracts/providers/index.ts';
import { type FieldError, LineupError } from '../../domain/errors/errors.ts';
import { fileOptionsKey } from '../../domain/files/file-options.ts';
import { fieldError } from '../../domain/text/localized.ts';
import { sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { findField } from '../../sources/find-field.ts';
import type { UseCaseDeps } from '../deps.ts';
import { withTimeout } from './registry.ts';
import type { SourceRef } from './source-ref.ts';

export interface WantedSource {
  readonly ref: SourceRef;
  readonly fields: readonly { readonly name: string; readonly path: string }[];
  /**
   * Where the audience and the file options are in the input, and what asks the source to hash its values, if anything
   * does.
   */
  readonly paths: { readonly audience: string; readonly options: string; readonly hashing?: string };
}

/** @throws {LineupError} when `signal` aborts; other problems are returned, each at its key */
export async function sourceProblems(
  deps: UseCaseDeps,
  { ref, fields, paths }: WantedSource,
  signal: AbortSignal,
): Promise<FieldError[]> {
  const { authorizationId, options } = ref;
  try {
    const provider = authorizationId === null ? 'files' : await deps.authorizations.providerOf(authorizationId);
    if (authorizationId !== null) {
      if (fileOptionsKey(options) !== '' && !findProvider(provider)?.source?.files) {
        return [fieldError(paths.options, sentence`File options are for files only.`)];
      }
      if (!isRemoteSource(provider)) {
        return [
          fieldError(
            'source_authorization_id',
            sentence`This authorization is not for a source of audiences. Choose another one.`,
          ),
        ];
      }
    }
    if (paths.hashing !== undefined && !findProvider(provider)?.source?.hashes) {
      return [
        fieldError(
          paths.hashing,
          sentence`This source cannot hash identifiers. Choose a table or a query of a database, or turn off hashing in the database.`,
        ),
      ];
    }
    return await withTimeout(deps, signal, async (inner) => {
      const source = await deps.sources.open(ref, 'person', inner);
      try {
        const known = await source.fields(inner);
        return fields.flatMap(({ name, path }) => {
          try {
            findField(known, name, source.label, source.notice);
            return [];
          } catch (error) {
            if (!(error instanceof LineupError)) throw error;
            return [fieldError(path, sentenceOf(error))];
          }
        });
      } finally {
        await source.close();
      }
    });
  } catch (error) {
    if (!(error instanceof LineupError) || signal.aborted) throw error;
    const path =
      error.code === 'not_found'
        ? 'source_authorization_id'
        : error.code === 'source_encoding' && options?.encoding !== undefined
          ? `${paths.options}.encoding`
          : paths.audience;
    return [fieldError(path, sentenceOf(error))];
  }
}

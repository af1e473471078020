/** A source as a form reads it: the fields of the chosen audience, how its file was read, and what was wrong. */
import { useQuery } from '@tanstack/react-query';
import type { FileOptions } from '../../src/domain/files/file-options.ts';
import { ApiError } from '../api/client.ts';
import { sourceFieldsQuery, sourcesQuery } from '../api/sources.ts';
import { useTranslation } from '../i18n/provider.tsx';

export type ReadSource = ReturnType<typeof useReadSource>;

/** A source as a form has it. */
export interface ChosenSource {
  /** Its authorization; empty for files. */
  readonly source_authorization_id: string;
  readonly segment_id: string;
  readonly file_options: FileOptions;
}

/** Finds what a source can do by its authorization, empty for files. It finds nothing until that is known. */
export function useTraitsOf() {
  const { data } = useQuery(sourcesQuery);
  return (authorization: string) => data?.find(({ authorization_id }) => (authorization_id ?? '') === authorization);
}

export function useReadSource({ source_authorization_id, segment_id, file_options }: ChosenSource) {
  const { translate } = useTranslation();
  const isFile = source_authorization_id === '';
  const traitsOf = useTraitsOf();
  const traits = traitsOf(source_authorization_id);
  const hasFiles = traits?.files ?? isFile;
  const { data, error, isPending } = useQuery(
    sourceFieldsQuery(source_authorization_id || undefined, segment_id, file_options),
  );
  const fields = data?.items ?? [];
  const failure = isOfSource(error) ? error : undefined;
  const wrongOption = hasFiles && failure ? optionOfFailure(failure, file_options) : undefined;

  return {
    fields,
    notice: data?.notice,
    file: data?.file ?? undefined,
    isFile,
    /** The audiences are files, here or in a storage. */
    hasFiles,
    /** The audience is a query, and a person asks for each of its previews. Undefined while that is not known. */
    isQuery: isFile || failure ? false : data?.query,
    /** What a person may enter instead of choosing an audience. */
    written: traits?.written ?? null,
    provider: traits?.provider,
    /** Whether a source can hash the values itself. @param authorization empty for files */
    canHash: (authorization: string) => traitsOf(authorization)?.hashes ?? false,
    /**
     * Whether the way of reading the file can be chosen. It can from the start, while the file is read: what comes
     * later moves the fields below from under somebody's hand.
     */
    hasOptions:
      hasFiles &&
      segment_id !== '' &&
      (isPending || data !== undefined || wrongOption !== undefined || Object.keys(file_options).length > 0),
    /** Why the audience cannot be read. It is told at the audience. */
    unreadable: failure && !wrongOption ? translate(failure) : undefined,
    /** What is wrong with a choice, by its name. */
    wrongOptions: wrongOption && failure ? { [wrongOption]: translate(failure) } : {},
    /** What is told at the identifier field. */
    failure: failure ? null : error,
  };
}

/** What is wrong with the audience itself, also with a query, is told there, and not at its fields. */
const isOfSource = (error: Error | null): error is ApiError =>
  error instanceof ApiError &&
  (error.code.startsWith('source_') || error.code === 'invalid_argument' || error.code === 'field_not_found');

/** The choice that a file does not fit: a wrong one, or one that a person has to make. */
function optionOfFailure({ code }: ApiError, { encoding, header }: FileOptions): keyof FileOptions | undefined {
  if (code === 'source_encoding') return 'encoding';
  if (code === 'source_unreadable' && header === 'yes') return 'header';
  const isOfText = ['source_unreadable', 'source_format', 'source_not_text'].includes(code);
  return isOfText && encoding !== undefined ? 'encoding' : undefined;
}

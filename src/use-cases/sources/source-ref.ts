/**
 * A reference to an audience in a source. It contains no secret, so the journal of a run can store it, and any worker
 * can open the source again.
 */

import type { SampleRequest } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type FileOptions, fileOptions } from '../../domain/files/file-options.ts';
import type { RunRequest } from '../../domain/runs/run.ts';
import { sentence } from '../../domain/text/sentence.ts';

export interface SourceRef {
  /** Null for files. */
  readonly authorizationId: string | null;
  /** The audience within its source: a path, a table, the id of a Lytics audience. */
  readonly audienceId: string;
  /** How to read a file. @default detected from the file */
  readonly options?: FileOptions | undefined;
}

export const sourceRefOf = (job: {
  sourceAuthorizationId: string | null;
  configuration: { segment_id: string; file_options?: FileOptions | undefined };
}): SourceRef => ({
  authorizationId: job.sourceAuthorizationId,
  audienceId: job.configuration.segment_id,
  options: job.configuration.file_options,
});

/** The source that a person looks at. */
export const refOf = (request: SampleRequest): SourceRef => ({
  authorizationId: request.source_authorization_id,
  audienceId: request.segment_id,
  options: request.file_options,
});

/** The reference in the form of a run's journal. */
export const writeSourceRef = ({ authorizationId, audienceId, options }: SourceRef): RunRequest['source'] => ({
  label: audienceId,
  location: `${authorizationId ?? 'files'}:${audienceId}`,
  format: null,
  encoding: options?.encoding ?? null,
  ...(options?.delimiter && { delimiter: options.delimiter }),
  ...(options?.header && { header: options.header }),
});

/** @throws {LineupError} `source_unsupported` for a text that no service wrote */
export function readSourceRef({ location: text, encoding, delimiter, header }: RunRequest['source']): SourceRef {
  const split = text?.indexOf(':') ?? -1;
  if (text === null || split < 1) {
    throw new LineupError('source_unsupported', sentence`The source of this run cannot be opened again.`);
  }
  const authorizationId = text.slice(0, split);
  return {
    options: fileOptions.parse({
      encoding: encoding ?? undefined,
      delimiter: delimiter ?? undefined,
      header: header ?? undefined,
    }),
    authorizationId: authorizationId === 'files' ? null : authorizationId,
    audienceId: text.slice(split + 1),
  };
}

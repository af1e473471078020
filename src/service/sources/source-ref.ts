/**
 * Where the members of an audience come from, by names alone: no secret, so a run's journal can hold it and any worker can
 * open the source again.
 */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

export interface SourceRef {
  /** Null for files. */
  readonly authorizationId: string | null;
  /** The audience within its source: a path, a table, a Lytics audience's id. */
  readonly audienceId: string;
}

export const sourceRefOf = (job: {
  sourceAuthorizationId: string | null;
  configuration: { segment_id: string };
}): SourceRef => ({
  authorizationId: job.sourceAuthorizationId,
  audienceId: job.configuration.segment_id,
});

export const writeSourceRef = ({ authorizationId, audienceId }: SourceRef): string =>
  `${authorizationId ?? 'files'}:${audienceId}`;

/** @throws {LineupError} `source_unsupported` for what a service never wrote */
export function readSourceRef(text: string | null): SourceRef {
  const split = text?.indexOf(':') ?? -1;
  if (text === null || split < 1) {
    throw new LineupError('source_unsupported', sentence`The source of this run cannot be opened again.`);
  }
  const authorizationId = text.slice(0, split);
  return {
    authorizationId: authorizationId === 'files' ? null : authorizationId,
    audienceId: text.slice(split + 1),
  };
}

/**
 * Who may look at which source. Whoever asks for fields or a preview comes through here; jobs are made by those alone who may
 * look at all (a test holds the permission table to that).
 */
import { LineupError } from '../../contracts/errors.ts';
import { fileOptionsKey } from '../../contracts/file-options.ts';
import type { Role } from '../../contracts/people.ts';
import { mayDo } from '../../contracts/permissions.ts';
import { sentence } from '../../contracts/sentence.ts';
import { uploadOfSegment } from '../../contracts/upload-segment.ts';
import { isSourceOfJob } from '../../store/repositories/jobs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { inTime } from './in-time.ts';
import type { SourceRef } from './source-ref.ts';

/** `fields` says how an audience is made; `preview` reads all of it. */
export type Look = 'fields' | 'preview';

/**
 * Editors look at whatever can be opened. Viewers look at what a job was saved with, and at the fields of what is in a list: no
 * query, path or URL of their own, and no way of their own to read a file, makes the service read something.
 * @throws {LineupError} `not_permitted`; `not_found` for an authorization that is gone
 */
export async function assertMayLook(
  { db, sources }: Pick<UseCaseDeps, 'db' | 'sources'>,
  role: Role,
  ref: SourceRef,
  look: Look,
  signal: AbortSignal,
): Promise<void> {
  // Whatever names it: a job that was saved with it, too. Nobody learns which there are.
  if (ref.authorizationId === null && uploadOfSegment(ref.audienceId) !== undefined) {
    if (mayDo(role, 'uploads.read')) return;
    throw new LineupError('not_permitted', sentence`Only an editor or an administrator may do this.`);
  }
  if (mayDo(role, 'sources.any') || (await isSourceOfJob(db, ref))) return;
  const asked = fileOptionsKey(ref.options) !== '';
  if (look === 'fields' && !asked && (await inTime(signal, (inner) => sources.lists(ref, inner)))) return;
  throw new LineupError(
    'not_permitted',
    look === 'fields'
      ? sentence`A viewer may look at audiences of the list, and at those that a job was saved with. For a query, a path or a URL of your own, ask an editor.`
      : sentence`A viewer may preview only what a job was saved with. For anything else, ask an editor.`,
  );
}

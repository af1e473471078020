/**
 * The erasure list: people who asked to be left out of every audience. Only keyed hashes of them are known. Each run
 * that sends leaves them out; previews and dry runs, which send nothing, do not, so that nobody can ask by them whether
 * a person is on the list.
 */

import type { RunFolder } from '../contracts/ports.ts';
import type { IdentifierType } from '../domain/audiences/requests.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { deliveriesOf } from '../domain/runs/run-state.ts';
import { sentence } from '../domain/text/sentence.ts';
import type { ErasureList, ExportContext } from './context.ts';
import { contentOf, explainDisk } from './stage/chunk-files.ts';

const NOBODY: ErasureList = new Map();

/** Whom the run leaves out. */
export async function erasedOf({ journal, erasures }: ExportContext): Promise<ErasureList> {
  const { state } = journal;
  if (!erasures || state.request.dryRun) return NOBODY;
  return erasures([...new Set(deliveriesOf(state).map(({ request }) => request.identifierType))]);
}

/** Beside the chunks, and sealed as they are: the digest of the list that was applied to them. */
const fileOf = (type: IdentifierType): string => `erased-${type}.txt`;

/** Notes for a later process which people are left out of the chunks. */
export async function noteErased(folder: RunFolder, list: ErasureList): Promise<void> {
  try {
    for (const [type, { digest }] of list) await folder.put(fileOf(type), Buffer.from(digest));
  } catch (error) {
    throw explainDisk(folder.place, error);
  }
}

/** Whether the list has the same people as when the chunks were staged. */
export async function hasSameErased(context: ExportContext): Promise<boolean> {
  const { staged, state } = context.journal;
  if (!context.erasures || state.request.dryRun) return true;
  const list = await erasedOf(context);
  for (const { request } of deliveriesOf(state)) {
    const type = request.identifierType;
    const noted = await contentOf(staged, fileOf(type));
    if (noted?.toString() !== list.get(type)?.digest) return false;
  }
  return true;
}

/**
 * Nobody who was put on the list meanwhile is sent. Call it before a chunk is sent, and when LINE has all of them: then
 * the next run replaces the audience.
 * @throws {LineupError} `source_changed`
 */
export async function assertSameErased(context: ExportContext): Promise<void> {
  if (await hasSameErased(context)) return;
  throw new LineupError(
    'source_changed',
    sentence`The erasure list has changed since this run staged its members, so the run cannot continue. Run the export again. A replace makes the audience complete.`,
  );
}

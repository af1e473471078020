/** The names of a run's audiences. */
import type { RunDocument } from '../../../src/contracts/run.ts';

/** The audiences of a run by their number, from 1, for its log; undefined for a run with one audience. */
export function audienceNames(document: RunDocument): readonly (string | null)[] | undefined {
  const { audience, siblings } = document;
  if (!siblings || siblings.length === 0) return undefined;
  return [audience, ...siblings.map((sibling) => sibling.audience)].map(
    (one) => one?.name ?? one?.id ?? null,
  );
}

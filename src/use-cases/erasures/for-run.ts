/** The erasure list, for a run. */
import { createHash } from 'node:crypto';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import type { ErasedOfType, ErasureList } from '../../export/context.ts';
import { erasureKey, keyedHashes } from '../../store/repositories/erasures.ts';
import type { UseCaseDeps } from '../deps.ts';

/**
 * The people of some identifier types, at this moment.
 * @throws {LineupError} `secret_key_wrong` when the key of the list cannot be opened
 */
export async function erasuresForRun(
  { db, box }: Pick<UseCaseDeps, 'db' | 'box'>,
  types: readonly IdentifierType[],
): Promise<ErasureList> {
  const entries = await keyedHashes(db, types);
  if (entries.length === 0) return new Map();
  const key = await erasureKey(db, box);
  if (!key) throw new Error('the erasure list has people, and no key');
  const byType = Map.groupBy(entries, ({ identifierType }) => identifierType);
  return new Map(
    [...byType].map(([type, people]) => [
      type,
      listOf(
        key.reveal(),
        people.map((person) => person.keyedHash),
      ),
    ]),
  );
}

function listOf(key: Uint8Array, keyed: readonly string[]): ErasedOfType {
  const hashes = Buffer.from(keyed.join(''), 'hex');
  return { key, hashes, digest: createHash('sha256').update(hashes).digest('hex') };
}

/**
 * The batches of all streams of a session, in turns. Some streams are open at the same time, so that their rows come
 * while those of another one are hashed. The order depends only on the position, so a scan can continue from any batch.
 */
import type { Account } from './account.ts';
import { ArrowError, type Batch, readBatch } from './arrow/message.ts';
import type { Position } from './places.ts';
import { withRetries } from './retries.ts';
import type { SentBatch, Storage } from './storage.ts';

/** How many streams are open at the same time. Each of them holds some batches that were not asked for yet. */
const LANES = 3;

/**
 * Yields every batch, and moves the position behind it.
 * @throws {ArrowError} also for a batch with another number of rows than BigQuery says
 */
export async function* readBatches(
  storage: Storage,
  account: Account,
  position: Position,
  signal: AbortSignal,
): AsyncGenerator<Batch, void> {
  const { rests } = position;
  const open = new Map<string, AsyncGenerator<SentBatch, void>>();
  const batchOf = (index: number): Promise<IteratorResult<SentBatch, void>> => {
    const { stream, offset } = rests[index]!;
    return withRetries(account, signal, async () => {
      const reading = open.get(stream) ?? storage.rows(stream, offset, signal);
      open.set(stream, reading);
      try {
        return await reading.next();
      } catch (error) {
        // The next attempt begins behind the last batch that came.
        open.delete(stream);
        throw error;
      }
    });
  };
  const ahead = new Map<string, Promise<IteratorResult<SentBatch, void>>>();
  const take = (index: number) => {
    const { stream } = rests[index]!;
    const coming = ahead.get(stream) ?? batchOf(index);
    ahead.set(stream, coming);
    // It may fail before it is its turn.
    coming.catch(() => {});
    return coming;
  };
  try {
    while (rests.length > 0) {
      for (let lane = 1; lane < Math.min(LANES, rests.length); lane += 1) take(lane);
      const next = await take(0);
      const first = rests.shift()!;
      ahead.delete(first.stream);
      if (next.done) {
        open.delete(first.stream);
        continue;
      }
      const batch = readBatch(next.value.bytes);
      if (batch.rows !== next.value.rows) throw new ArrowError('the batch has another number of rows');
      first.offset += batch.rows;
      position.done += batch.rows;
      // Behind the other open streams, and before those that wait.
      rests.splice(Math.min(LANES - 1, rests.length), 0, first);
      if (batch.rows > 0) yield batch;
    }
  } finally {
    await Promise.allSettled(ahead.values());
    await Promise.allSettled([...open.values()].map((reading) => reading.return()));
  }
}

/** Tells a database that is away from connections of this process that are stuck. Only the second is its own fault. */
import { sql } from 'kysely';
import pg from 'pg';
import { withDeadline } from '../../../packages/client-core/src/timing.ts';
import type { Clock } from '../../contracts/ports.ts';
import type { Database } from './database.ts';

/** In that time the pool has waited for a free connection (10 s), and the database has answered. */
const ANSWER_MS = 20_000;

/**
 * Whether the pool does not answer although the database does: it answers a new connection. Then the pool has lost its
 * connections, and a new process would have others. The only connection of an embedded database is in this process.
 */
export async function connectionsAreStuck(
  { db, connection }: Database,
  { sleep }: Pick<Clock, 'sleep'>,
  answerMs = ANSWER_MS,
): Promise<boolean> {
  if (connection.kind === 'pglite') return false;
  if (await succeeds(withDeadline(answerMs, undefined, () => sql`select 1`.execute(db), sleep))) return false;
  const client = new pg.Client(connection.driver(answerMs));
  // Without a listener, a connection that breaks later would end the process.
  client.on('error', () => {});
  try {
    return await succeeds(client.connect().then(() => client.query('select 1')));
  } finally {
    await client.end().catch(() => {});
  }
}

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

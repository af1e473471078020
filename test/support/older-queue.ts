/** The queue of events in versions before the outbox, with waiting messages. */
import { sql } from 'kysely';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import type { Db } from '../../src/store/database/database.ts';

type State = 'created' | 'retry' | 'active' | 'completed' | 'failed';

/** Puts the events into the queue as messages in that state. The tables of the queue must exist. */
export async function putIntoQueue(db: Db, events: readonly DomainEvent[], state: State = 'created'): Promise<void> {
  await sql`select lineup_queue.create_queue('domain-events', '{"policy": "standard"}')`.execute(db);
  for (const event of events) {
    await sql`insert into lineup_queue.job (name, data, policy, state)
      values ('domain-events', ${JSON.stringify(event)}::jsonb, 'standard', ${sql.lit(state)})`.execute(db);
  }
}

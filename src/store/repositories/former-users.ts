/**
 * Removes a user for good. What they have made stays, and what names them gets a number instead. The ids of users are
 * random, so they say nothing without the row of the user, and stay.
 */
import { type Expression, sql } from 'kysely';
import { type FormerUser, operator, system } from '../../domain/people/people.ts';
import type { Tx } from '../database/database.ts';

/** The setting that has the number of the last one. */
const KEY = 'former_users';

/** Each table with the names of those who made and changed its rows. */
const authored = [
  ['users', ['disabled_by']],
  ['api_tokens', ['created_by']],
  ['settings', ['updated_by']],
  ['authorizations', ['created_by', 'updated_by']],
  ['jobs', ['created_by', 'updated_by']],
  ['notification_channels', ['created_by']],
  ['uploads', ['created_by']],
  ['suppression_lists', ['created_by', 'updated_by']],
] as const;

/** @returns undefined when there is no such user */
export async function eraseUser(tx: Tx, id: string, now: Date): Promise<FormerUser | undefined> {
  const user = await tx
    .selectFrom('users')
    .select(['name', 'email'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!user) return undefined;
  const name = `former user ${await nextNumber(tx, now)}`;
  const names = await namesOf(tx, id, user);
  for (const [table, columns] of authored) {
    for (const column of columns) {
      await sql`update ${sql.table(`lineup.${table}`)} set ${sql.ref(column)} = ${name}
        where ${among(sql.ref(column), names)}`.execute(tx);
    }
  }
  await tx.updateTable('job_transitions').set({ actor: name }).where('actor_id', '=', id).execute();
  await tx.updateTable('audit_log').set({ actor: name }).where('actor_id', '=', id).execute();
  // The entries about the person show this, as those about a deleted job show its name.
  await sql`update lineup.audit_log set detail = detail || jsonb_build_object('name', ${name}::text)
    where subject_type = 'user' and subject_id = ${id}`.execute(tx);
  await dropAccess(tx, id);
  const channels = await tx
    .selectFrom('notification_channels')
    .select('label')
    .where('kind', '=', 'email')
    .where(sql<boolean>`lower(${user.email}) = any (string_to_array(lower(target), ', '))`)
    .orderBy('label')
    .execute();
  return { name, channels: channels.map(({ label }) => label) };
}

const among = (value: Expression<unknown>, names: readonly string[]) =>
  sql`${value} = any (array[${sql.join(names)}]::text[])`;

async function nextNumber(tx: Tx, now: Date): Promise<number> {
  const { rows } = await sql<{ number: number }>`
    insert into lineup.settings (key, value, updated_by, updated_at)
    values (${KEY}, '{"count": 1}', ${system.name}, ${now})
    on conflict (key) do update
      set value = jsonb_build_object('count', (settings.value->>'count')::int + 1), updated_at = excluded.updated_at
    returning (value->>'count')::int as number`.execute(tx);
  return rows[0]!.number;
}

/**
 * All names that the person has had, without those that another user has now: rows with such a name may be of that
 * user.
 */
async function namesOf(
  tx: Tx,
  id: string,
  { name, email }: { readonly name: string; readonly email: string },
): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct name from (
      select actor as name from lineup.audit_log where actor_id = ${id}
      union select actor from lineup.job_transitions where actor_id = ${id}
      union select unnest(array[${name}, ${email}]::text[])) as its
    where name not in (select name from lineup.users where id <> ${id})
      and name not in (${system.name}, ${operator.name})`.execute(tx);
  return [email, ...rows.map((row) => row.name)];
}

/**
 * Sessions and accounts go with the user. Tokens that somebody made with the person's tokens go, too: they are refused
 * already.
 */
async function dropAccess(tx: Tx, id: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    with recursive made as (
      select id from lineup.api_tokens where maker_id = ${id}
      union select token.id from lineup.api_tokens as token join made on token.maker_id = made.id)
    delete from lineup.api_tokens where id in (select id from made) returning id`.execute(tx);
  const actors = [id, ...rows.map((row) => row.id)];
  // They hold answers with names.
  await tx.deleteFrom('idempotency_keys').where('actor_id', 'in', actors).execute();
  await tx.deleteFrom('query_looks').where('person_id', '=', id).execute();
  await sql`delete from lineup.verifications where identifier = ${`invitation:${id}`}`.execute(tx);
  await tx.deleteFrom('users').where('id', '=', id).execute();
}

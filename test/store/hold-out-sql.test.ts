/** The SQL of docs/hold-outs.md, run as an analyst would run it, gives what the package and the golden data say. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type HoldOut, isHeldOut, normalize } from '../../packages/identifiers/src/index.ts';
import { databases, useDatabase } from '../support/databases.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(root, 'docs/hold-outs.md'), 'utf8');
const { cases } = JSON.parse(
  readFileSync(resolve(root, 'packages/identifiers/test/vectors/hold-outs.json'), 'utf8'),
) as { cases: readonly (HoldOut & { hash: string; bucket: number; heldOut: boolean })[] };

/** The query for PostgreSQL below a heading of the page. */
function queryFrom(heading: string): string {
  const section = page.split(`### ${heading}\n`)[1] ?? '';
  const [, code = ''] = /PostgreSQL[^\n]*:\n\n```sql\n(.*?)```/s.exec(section) ?? [];
  return code;
}

/** The query as the page says to change it. */
const adapted = (query: string, { experiment, share }: HoldOut): string => {
  const changed = query.replace("'spring'", `'${experiment}'`).replace('10 *', `${share} *`);
  expect(query).toContain("'spring'");
  expect(query).toContain('10 *');
  return changed;
};

describe.each(databases)('the SQL of the page on $kind', (kind) => {
  const current = useDatabase(kind);

  const heldOut = (query: string, column: 'hash' | 'email', values: readonly string[]) =>
    current.database.db.transaction().execute(async (tx) => {
      await sql`create temporary table members (${sql.ref(column)} text) on commit drop`.execute(tx);
      for (const value of values) await sql`insert into members values (${value})`.execute(tx);
      const { rows } = await sql<{ held_out: boolean }>`${sql.raw(query)}`.execute(tx);
      return rows.map((row) => row.held_out);
    });

  test('finds the group of a column of hashes', async () => {
    const query = queryFrom('From a column of hashes');
    for (const vector of cases) {
      const found = await heldOut(adapted(query, vector), 'hash', [vector.hash, vector.hash.toUpperCase()]);
      expect(found, `${vector.hash} ${vector.experiment} ${vector.share}`).toEqual([vector.heldOut, vector.heldOut]);
    }
  });

  test('finds the group of a column of e-mail addresses', async () => {
    const query = queryFrom('From a column of e-mail addresses');
    const emails = Array.from({ length: 100 }, (_, n) => `\u3000Taro.${n}@Example.COM\t`);
    for (const holdOut of [
      { experiment: 'spring', share: 10 },
      { experiment: 'Spring_2026.a-b', share: 50 },
    ]) {
      const expected = emails.map((email) => {
        const outcome = normalize(email, { type: 'email' });
        return 'output' in outcome && isHeldOut(outcome.output, holdOut);
      });
      expect(new Set(expected).size).toBe(2);
      expect(await heldOut(adapted(query, holdOut), 'email', emails)).toEqual(expected);
    }
  });
});

test('the example of the page is one of the golden data', () => {
  const example = cases.find(({ experiment }) => experiment === 'spring')!;
  expect(page).toContain(`\`${example.hash}\``);
  expect(page).toContain(example.bucket.toLocaleString('en-US'));
  expect(isHeldOut(example.hash, { experiment: 'spring', share: 10 })).toBe(false);
  expect(isHeldOut(example.hash, { experiment: 'spring', share: 42 })).toBe(true);
});

import { expect, test } from 'vitest';
import { audienceNamed } from '../../../src/sources/bigquery/names.ts';
import { credentialsFor, startBigQuery, swiftProvider } from './support.ts';

const never = new AbortController().signal;

async function pagesOf(limit: number, search?: string, tables = 0) {
  const sim = await startBigQuery({
    tables: Array.from({ length: tables }, (_, n) => ({ dataset: `set${n % 40}`, table: `t${n}`, rows: n })),
  });
  const provider = swiftProvider();
  const names: string[] = [];
  const sizes: (number | null)[] = [];
  let pages = 0;
  for (let cursor: string | undefined; ; pages += 1) {
    const page = await provider.audiences(credentialsFor(sim), { limit, cursor, search }, never);
    names.push(...page.items.map(({ name }) => name));
    sizes.push(...page.items.map(({ size }) => size));
    expect(page.items.length).toBeLessThanOrEqual(limit);
    if (page.next === null) return { names, sizes, pages: pages + 1 };
    cursor = page.next;
  }
}

const samples = ['crm.members', 'crm.lapsed', 'crm.vip', 'marketing.newsletter_japan', 'marketing_tokyo.members'];

test.each([1, 2, 5, 50])('all tables come once, in pages of %i', async (limit) => {
  const { names, sizes, pages } = await pagesOf(limit);
  expect(names).toEqual(samples);
  expect(sizes).toEqual([450, 0, null, 450, 40]);
  expect(pages).toBe(Math.ceil(5 / limit));
});

test('a search finds parts of names, in any case', async () => {
  expect((await pagesOf(50, 'MEMBERS')).names).toEqual(['crm.members', 'marketing_tokyo.members']);
  expect((await pagesOf(50, 'nothing like it')).names).toEqual([]);
});

test('a search in many data sets ends after some lists, and goes on with the next page', async () => {
  const { names, pages } = await pagesOf(50, 't79', 80);
  expect(names).toEqual(['set39.t79']);
  expect(pages).toBeGreaterThan(1);
  expect(new Set((await pagesOf(30, undefined, 80)).names).size).toBe(85);
});

test('a cursor that is none is refused', async () => {
  const sim = await startBigQuery();
  await expect(swiftProvider().audiences(credentialsFor(sim), { limit: 5, cursor: 'x' }, never)).rejects.toMatchObject({
    code: 'invalid_argument',
  });
});

test.each([
  ['crm.members', { project: 'mine', dataset: 'crm', table: 'members' }],
  ['`other-project.crm.members`', { project: 'other-project', dataset: 'crm', table: 'members' }],
  ['example.com:shop.crm.members', { project: 'example.com:shop', dataset: 'crm', table: 'members' }],
  ['crm.会員 2026', { project: 'mine', dataset: 'crm', table: '会員 2026' }],
])('%s is the name of a table', (text, expected) => {
  expect(audienceNamed(text, 'mine')).toEqual(expected);
});

test.each([
  'select email from crm.members',
  ' -- x\n/* y */ (WITH a AS (SELECT 1) SELECT * FROM a)',
  'DROP TABLE crm.members',
  '# x\nSELECT(1)',
])('%s goes to BigQuery as a query', (query) => {
  expect(audienceNamed(query, 'mine')).toEqual({ query });
});

test.each(['', 'members', 'a.b.c.d', '../x', 'crm.members/../x', "crm.members'"])('%s is refused', (text) => {
  expect(() => audienceNamed(text, 'mine')).toThrow(/not a valid table name/);
});

test.each([
  ['crm.members', true],
  ['other-project.crm.members', false],
  ['_simulated.anon_1', false],
  ['crm.INFORMATION_SCHEMA.TABLES', false],
  ['INFORMATION_SCHEMA.SCHEMATA', false],
  ['SELECT email FROM crm.members', false],
])('whether the list has %s: %s', async (audience, expected) => {
  expect(await swiftProvider().lists(audience, null)).toBe(expected);
});

test('a long text is judged at once', () => {
  const began = performance.now();
  expect(() => audienceNamed('/* */'.repeat(20_000), 'mine')).toThrow();
  expect(performance.now() - began).toBeLessThan(1_000);
});

import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../simulators/bigquery/index.ts';
import type { LineupError } from '../../../src/domain/errors/errors.ts';
import type { BigQueryField } from '../../../src/sources/bigquery/fields.ts';
import { assertHashable, selectHashes } from '../../../src/sources/bigquery/hashing.ts';
import { asTable } from '../../../src/sources/bigquery/names.ts';
import { hashingContract } from '../hashing-contract.ts';
import { hashesOfScan } from '../support/hashed-members.ts';
import { readHashes, shortPatterns } from '../support/hashing.ts';
import { startRecordingProxy } from '../support/recording-proxy.ts';
import { openAudience, pathsOf, startBigQuery } from './support.ts';

const schema = [
  { name: 'email', type: 'STRING' },
  { name: 'phone', type: 'STRING' },
  { name: 'emails', type: 'STRING', mode: 'REPEATED' },
] as const;

// The simulator runs the statement itself, on DuckDB.
hashingContract({
  name: 'BigQuery',
  open: async (members, audience) => {
    const rows = members.map((member) => ({ ...member }));
    const sim = await startBigQuery({
      tables: [{ dataset: 'given', table: 'members', fields: schema, rows }],
    });
    const proxy = await startRecordingProxy(sim.origin);
    const query = "SELECT email, phone, emails FROM given.members -- it’s ')\n # all;\n ; /* the end\n of it */";
    const source = await openAudience(sim, audience === 'table' ? 'given.members' : query, {
      endpoint: proxy.origin,
    });
    return { source, proxy };
  },
});

const email = { field: 'email', identifierType: 'email' } as const;
const written = 'SELECT email\nFROM crm.members';

async function failureOf(audience: string, fault: Fault, more = {}): Promise<LineupError> {
  const sim = await startBigQuery();
  const source = await openAudience(sim, audience, more);
  sim.addFault(fault);
  const hashing = source.scanHashes!([email]).then(readHashes);
  return hashing.then(
    () => expect.fail('expected a failure'),
    (error: LineupError) => error,
  );
}

describe('hashing in BigQuery', () => {
  it.each(['crm.members', 'crm.vip', written])('gives the texts of an ordinary scan of %s', async (audience) => {
    const sim = await startBigQuery();
    const source = await openAudience(sim, audience);
    const fields = (await source.fields()).map(({ name }) => ({ field: name, identifierType: 'phone' }) as const);
    // As many as a run can have.
    for (let at = 0; at < fields.length; at += 3) {
      const some = fields.slice(at, at + 3);
      const hashes = await readHashes(await source.scanHashes!(some));
      for (const [n, field] of some.entries())
        expect(hashes[n], field.field).toEqual(await hashesOfScan(source, field));
    }
  });

  it('runs a query once, and reads streams that break on from their last row', async () => {
    const sim = await startBigQuery();
    const source = await openAudience(sim, 'crm.members');
    const expected = [await hashesOfScan(source, email)];
    expect(await readHashes(await source.scanHashes!([email]))).toEqual(expected);
    sim.addFault({ kind: 'broken', batches: 1, count: 3 });
    expect(await readHashes(await source.scanHashes!([email]))).toEqual(expected);
    expect(sim.inspect().jobs).toHaveLength(1);
  });

  it('refuses a query that would read more than the limit, before it runs', async () => {
    const sim = await startBigQuery({ members: 60_000_000 });
    const source = await openAudience(sim, 'crm.members', { byte_limit_gb: '1' });
    const scan = await source.scanHashes!([email]);
    await expect(readHashes(scan)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('would read 1.2 GB, which is more than the limit of 1.0 GB'),
    });
    expect(sim.inspect().jobs).toEqual([]);
  });

  it('cancels its job when it is stopped', async () => {
    const sim = await startBigQuery({ queryMs: 3_600_000 });
    const source = await openAudience(sim, 'crm.members');
    const leaving = new AbortController();
    const hashing = readHashes(await source.scanHashes!([email], leaving.signal));
    await sim.nextRequest(({ endpoint }) => endpoint === 'results');
    leaving.abort();
    await expect(hashing).rejects.toMatchObject({ code: 'interrupted' });
    expect(pathsOf(sim, 'cancel')).toHaveLength(1);
  });

  const refused = (message: string, nth = 1): Fault => ({
    kind: 'status',
    status: 400,
    reason: 'invalidQuery',
    message,
    endpoint: 'insert',
    nth,
  });

  it.each<[string, string, Fault, string, RegExp]>([
    [
      'no right to run queries',
      'crm.members',
      { kind: 'denied', permission: 'bigquery.jobs.create', endpoint: 'insert' },
      'source_unauthorized',
      /bigquery\.jobs\.create.*roles\/bigquery\.jobUser/,
    ],
    [
      'a table that vanished',
      'crm.members',
      { kind: 'gone', endpoint: 'insert', nth: 2 },
      'source_not_found',
      /crm\.members/,
    ],
    ['an expired session', written, { kind: 'expired' }, 'source_expired', /start over/],
    [
      'a table that needs a filter',
      'crm.members',
      refused(
        "Cannot query over table 'x' without a filter over column(s) 'day' that can be used for partition elimination",
      ),
      'invalid_argument',
      /crm\.members can be read only with a filter on its partitions/,
    ],
    [
      'a mistake in our own part of the query',
      'crm.members',
      refused('Unrecognized name: email at [22:8]'),
      'field_not_found',
      /does not accept the query: there is no such column/,
    ],
  ])('is refused: %s', async (_what, audience, fault, code, text) => {
    const failure = await failureOf(audience, fault);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(text) });
    expect(`${failure.message} ${failure.reason}`).not.toMatch(/simulated-|@example/);
  });

  it('says where a mistake is in the query that a person wrote', async () => {
    const rules = [{ identifierType: 'email' }] as const;
    const statement = selectHashes(asTable(written), [field('email')], rules);
    const line = statement.slice(0, statement.indexOf('FROM crm.members')).split('\n').length;
    const failure = await failureOf(written, refused(`Unrecognized name: emial at [${line}:6]`));
    expect(failure.message).toMatch(/In line 2, column 6: there is no such column/);
    const behind = await failureOf(written, refused(`Unrecognized name: emial at [${line + 1}:6]`));
    expect(behind.message).toMatch(/does not accept the query: there is no such column/);
  });
});

const field = (
  name: string,
  { list = false, storage = 'text' }: Partial<BigQueryField['column']> = {},
): BigQueryField => ({ name, type: 'STRING', list, column: { storage, list } });

describe('the fields', () => {
  it('are texts and whole numbers', () => {
    assertHashable(field('phone', { storage: 'int64' }), false);
    const refusal = expect.objectContaining({ code: 'field_type', message: expect.stringContaining('CAST') });
    for (const storage of ['float64', 'bool', 'date', 'timestamp', 'datetime', 'numeric', 'bignumeric'] as const)
      expect(() => assertHashable(field('phone', { storage }), false)).toThrow(refusal);
  });

  it('have names in a query', () => {
    assertHashable(field('f0_'), false);
    expect(() => assertHashable(field('f0_'), true)).toThrow(/has no name.*AS email/);
  });
});

it.each([
  ['SELECT 1', 'SELECT 1'],
  [' SELECT 1 ; ; ', ' SELECT 1'],
  ['SELECT 1 -- ;', 'SELECT 1'],
  ['SELECT 1; # it’s\r\n/* ; */ -- end', 'SELECT 1'],
  ["SELECT ';' -- x", "SELECT ';'"],
  ['SELECT "\\";" AS `a;` -- `', 'SELECT "\\";" AS `a;`'],
  ["SELECT '''a'b;''', r'\\'' # '", "SELECT '''a'b;''', r'\\''"],
  ['SELECT 1; SELECT 2;', 'SELECT 1; SELECT 2'],
  ['SELECT 1 -- a\rFROM t;', 'SELECT 1 -- a\rFROM t'],
])('the query %j as a table', (query, code) => {
  expect(asTable(query)).toBe(`(\n${code}\n)`);
});

describe('the statement', () => {
  it.each([
    ['an e-mail', [field('email')], [{ identifierType: 'email' }]],
    ['a phone', [field('phone', { storage: 'int64' })], [{ identifierType: 'phone', patterns: shortPatterns }]],
    [
      'an e-mail and a list of phones',
      [field('email'), field('phones', { list: true })],
      [{ identifierType: 'email' }, { identifierType: 'phone' }],
    ],
  ] as const)('of %s', async (label, fields, rules) => {
    const statement = selectHashes('`shop.crm.members`', fields, rules);
    await expect(`${statement}\n`).toMatchFileSnapshot(`statements/${label.replaceAll(' ', '-')}.sql`);
  });
});

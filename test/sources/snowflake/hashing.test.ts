import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../simulators/snowflake/index.ts';
import { selectHashes, subjectOf } from '../../../src/sources/snowflake/hashing.ts';
import { fieldOf, relationOf } from '../../../src/sources/snowflake/relation.ts';
import { hashingContract } from '../hashing-contract.ts';
import { hashesOfScan } from '../support/hashed-members.ts';
import { expectedHashes, readHashes, shortPatterns } from '../support/hashing.ts';
import { startRecordingProxy } from '../support/recording-proxy.ts';
import { openTable, startSnowflake, tableOf } from '../support/snowflake.ts';

// The simulator runs the statement itself, on DuckDB.
hashingContract({
  name: 'Snowflake',
  open: async (members, audience) => {
    const sim = await startSnowflake({ tables: [tableOf(members)], partitionRows: 100, compression: 'none' });
    const proxy = await startRecordingProxy(sim.origin);
    const query = `SELECT "email", "phone", "emails" FROM CRM.GIVEN -- it’s ')\n // all\n ;`;
    const source = await openTable(sim, audience === 'table' ? 'SHOP.CRM.GIVEN' : query, {
      origin: proxy.origin,
    });
    return { source, proxy };
  },
});

const email = { field: 'EMAIL', identifierType: 'email' } as const;
const phone = { identifierType: 'phone' } as const;

describe('hashing in Snowflake', () => {
  it.each(['SHOP.CRM."Members of 2026"', 'SELECT * FROM CRM.VIP'])(
    'gives the texts of an ordinary scan of %s',
    async (audience) => {
      const source = await openTable(await startSnowflake(), audience);
      const names = (await source.fields()).map(({ name }) => name).filter((name) => name !== 'PROFILE');
      const fields = names.map((name) => ({ field: name, ...phone }));
      // As many as a run can have.
      for (let at = 0; at < fields.length; at += 3) {
        const some = fields.slice(at, at + 3);
        const hashes = await readHashes(await source.scanHashes!(some));
        for (const [n, field] of some.entries())
          expect(hashes[n], field.field).toEqual(await hashesOfScan(source, field));
      }
      await expect(source.scanHashes!([{ field: 'PROFILE', ...phone }])).rejects.toMatchObject({
        code: 'field_type',
      });
    },
  );

  it('does not hash an element of a list whose text is not certain', async () => {
    const emails = ['+819012345678', 819012345679, null, true, 8.5, {}, []];
    const sim = await startSnowflake({
      tables: [{ ...tableOf([]), rows: 2, row: (number) => [null, null, number === 0 ? emails : null] }],
    });
    const source = await openTable(sim, 'SHOP.CRM.GIVEN');
    const [found] = await readHashes(await source.scanHashes!([{ field: 'emails', ...phone }]));
    const { hashes } = expectedHashes(['819012345678', '819012345679'], phone);
    const invalid = { not_a_phone: 1, not_hashed_in_database: 3 };
    expect(found).toMatchObject({ hashes, judged: { missing: 2, hashed: 2, further: 6, invalid } });
  });

  it('survives broken connections and damaged partitions', async () => {
    const faults: Fault[] = [
      { kind: 'reset', endpoint: 'submit', nth: 2 },
      { kind: 'cut', endpoint: 'partition', nth: 1 },
      { kind: 'broken', endpoint: 'partition', nth: 4 },
    ];
    const sim = await startSnowflake({ partitionRows: 300, faults });
    const source = await openTable(sim, 'SHOP.CRM.MEMBERS');
    const found = await readHashes(await source.scanHashes!([email]));
    expect(found).toEqual([await hashesOfScan(source, email)]);
  });

  it.each<[string, Fault, string, RegExp]>([
    [
      'no right to read the table',
      { kind: 'failure', code: '003001', sqlState: '42501', endpoint: 'submit' },
      'source_unauthorized',
      /may not read SHOP\.CRM\.VIP/,
    ],
    [
      'a table that vanished',
      { kind: 'failure', code: '002003', sqlState: '42S02', endpoint: 'status' },
      'source_not_found',
      /SHOP\.CRM\.VIP does not exist/,
    ],
    ['a result that is gone', { kind: 'expired', endpoint: 'partition' }, 'source_expired', /start over/],
    [
      'a result that is cut',
      { kind: 'result', code: '391908', endpoint: 'status' },
      'source_failed',
      /too large for the SQL API/,
    ],
  ])('is refused: %s', async (_what, fault, code, says) => {
    const sim = await startSnowflake({ partitionRows: 5 });
    const source = await openTable(sim, 'SHOP.CRM.VIP');
    sim.addFault(fault);
    await expect(readHashes(await source.scanHashes!([email]))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    });
  });

  it('cancels its statement when it is stopped', async () => {
    const sim = await startSnowflake();
    const source = await openTable(sim, 'SHOP.CRM.VIP');
    sim.configure({ executionMs: 3_600_000 });
    const leaving = new AbortController();
    const hashing = readHashes(await source.scanHashes!([email], leaving.signal));
    await sim.nextRequest(({ endpoint }) => endpoint === 'status');
    leaving.abort();
    await expect(hashing).rejects.toMatchObject({ code: 'interrupted' });
    expect(sim.inspect().statements.at(-1)).toMatchObject({ cancelled: true });
  });
});

describe('the statement', () => {
  const field = (name: string, type: string) => fieldOf({ name, type, precision: 38, scale: 0 });
  it.each([
    ['an e-mail', [field('EMAIL', 'text')], [{ identifierType: 'email' }]],
    ['a phone', [field('PHONE', 'fixed')], [{ identifierType: 'phone', patterns: shortPatterns }]],
    [
      'an e-mail and a list of phones',
      [field('EMAIL', 'text'), field('PHONES', 'array')],
      [{ identifierType: 'email' }, { identifierType: 'phone' }],
    ],
  ] as const)('of %s', async (label, fields, rules) => {
    const statement = selectHashes(relationOf({ table: ['SHOP', 'CRM', 'MEMBERS'] }), fields, rules);
    await expect(`${statement}\n`).toMatchFileSnapshot(`statements/${label.replaceAll(' ', '-')}.sql`);
  });

  it('has the lines of the query that a person wrote', () => {
    const query = 'SELECT EMAIL\nFROM CRM.MEMBERS';
    const relation = relationOf({ query });
    const statement = selectHashes(relation, [field('EMAIL', 'text')], [{ identifierType: 'email' }]);
    const linesBefore = statement.slice(0, statement.indexOf(query)).split('\n').length - 1;
    expect(subjectOf(relation, statement).query).toEqual({ linesBefore, lines: 2 });
  });
});

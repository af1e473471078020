/**
 * Generated members for the benchmarks: five columns, e-mail addresses of ordinary lengths, some in upper case, some
 * twice. DuckDB generates them, on all cores and without holding them in memory.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/**
 * What the addresses of a list look like, in SQL. `address` is a plain one, and `member` its number. DuckDB and Python
 * must be able to give the same hashes with `lower` and `trim`, so there are no full-width letters here: they need
 * NFKC.
 */
const addresses = {
  plain: 'address',
  /** Blanks on one or both sides, and upper case. */
  blanks: `repeat(' ', 1 + member % 3) || upper(address) || repeat(' ', member % 3)`,
  /** A tenth has 56 to 105 bytes, in one case of five with a tag. With more than 120 they would be refused. */
  long: `CASE WHEN member % 10 > 0 THEN address ELSE repeat('department.of.longer.names.', 1 + member // 10 % 2)
    || CASE WHEN member // 10 % 5 = 0 THEN 'news+tag-' ELSE '' END || replace(address, '@', '@mail.') END`,
  /** A tenth has a name with letters of another script, or with an accent. */
  nonAscii: `CASE WHEN member % 10 > 0 THEN address ELSE
    (['zoë', 'Søren', 'Žofie', 'สมชาย', '山田太郎', '佐藤.はなこ', 'タロウ', '김철수'])[1 + member // 10 % 8]
    || '.' || address END`,
} as const;

export type Addresses = keyof typeof addresses;

interface MembersOptions {
  readonly rows: number;
  readonly addresses?: Addresses;
  /**
   * `email`: the other four columns are left out, 28 bytes a row in CSV instead of 68 · `all`: only the three
   * identifiers, with a phone number and an advertising id. @default e-mail addresses among other columns
   */
  readonly identifiers?: 'email' | 'all';
  /** The addresses, and a column with so many values. */
  readonly shops?: number;
}

const PHONE = `'+8190' || lpad(CAST(member * 7919 % 100000000 AS VARCHAR), 8, '0') AS phone`;
const IFA = `lower(lpad(to_base(member * 2654435761 % 4294967296, 16), 8, '0')) || '-a77b-4000-8000-'
  || lower(lpad(to_base(member, 16), 12, '0')) AS idfa`;

/** Creates `path`: CSV, NDJSON or Parquet, by its extension. */
export async function membersFile(
  path: string,
  { rows, addresses: kind = 'plain', identifiers, shops }: MembersOptions,
): Promise<string> {
  const format = { csv: 'csv', ndjson: 'json', parquet: 'parquet' }[path.split('.').at(-1) ?? ''];
  const email = `${addresses[kind]} AS email`;
  const columns = {
    email,
    all: [email, PHONE, IFA].join(', '),
    others: `n AS id, ${email}, name, 'news' AS preference, since`,
    shops: `${email}, 'shop ' || n * 7919 % ${shops} AS shop`,
  }[shops === undefined ? (identifiers ?? 'others') : 'shops'];
  mkdirSync(dirname(path), { recursive: true });
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT ${columns} FROM (${members(rows)})) TO '${path}.part' (FORMAT ${format})`);
  connection.closeSync();
  instance.closeSync();
  renameSync(`${path}.part`, path);
  return path;
}

/** One in fifty repeats an earlier member. */
const members = (rows: number): string => `
  SELECT *, '2026-01-0' || (1 + n % 9) AS since, CASE WHEN member % 7 = 0 THEN upper(name) ELSE name END || '.' || member
    || '@' || (['example.com', 'mail.example', 'example.co.jp', 'shop.example'])[1 + member % 4] AS address
  FROM (SELECT *, 'user' || lower(to_base(member * 2654435761 % 4294967296, 36)) AS name
    FROM (SELECT range AS n, CASE WHEN range % 50 = 49 THEN range - 37 ELSE range END AS member FROM range(${rows})))`;

/** Names, queries, tokens and configurations, without a server. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snowflake } from '../../../src/contracts/providers/snowflake.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { accountInToken, keyPairTokens, readPrivateKey } from '../../../src/sources/snowflake/key-pair.ts';
import {
  audienceNamed,
  checkQuery,
  quote,
  readTableName,
  storedName,
  writeTableName,
} from '../../../src/sources/snowflake/sql-text.ts';
import { readDescription } from '../../../src/sources/snowflake/statements.ts';

describe('a name of a table', () => {
  test('is read back as it was written', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (name) => {
        expect(readTableName(writeTableName(name))).toEqual(name);
      }),
    );
  });

  test('in quotes cannot end its quotes', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(quote(name).slice(1, -1).replaceAll('""', '')).not.toContain('"');
      }),
    );
  });

  test.for(['', 'a.b.c.d', 'a b', 'a;b', 'a.', '.a', '"a', 'f(x)', 'a"b"'])('is not %s', (text) => {
    expect(() => readTableName(text)).toThrow(/not a valid table name/);
  });
});

describe('a query', () => {
  test.for([
    'SELECT 1',
    ' with a AS (SELECT 1) SELECT * FROM a ; ;',
    '-- comment\n// another\n/* ( */ (SELECT 1)',
    "SELECT ';' AS \"a;b\", $$;)$$, 'it''s \\' ;'",
    'SELECT (1) -- )',
  ])('is %s', (text) => {
    expect(audienceNamed(text)).toEqual({ query: text });
    expect(checkQuery(text)).not.toMatch(/;\s*$/);
  });

  test.for([
    ['SELECT 1; DROP TABLE members', /several statements/],
    ['SELECT 1) ; DELETE FROM members; SELECT (1', /several statements|parentheses/],
    ['SELECT 1) UNION (SELECT 2', /parentheses/],
    ['SELECT (1', /parentheses/],
    ["SELECT 'open", /a quote or a comment/],
    ['SELECT "open', /a quote or a comment/],
    ['SELECT $$open', /a quote or a comment/],
    ['SELECT 1 /* open', /a quote or a comment/],
    [' ; ', /empty/],
    [`SELECT '${'x'.repeat(100_000)}'`, /longer/],
    ['SELECT \0', /NUL/],
    // For Snowflake, `a$$` is a name, and so no quote hides the parenthesis.
    [
      'SELECT 1 AS a$$ ) ->> DELETE FROM SHOP.CRM.MEMBERS ->> SELECT 1 AS b FROM (SELECT 1 AS b$$',
      /directly after a name/,
    ],
    ['SELECT 1 AS é$$ ) $$', /directly after a name/],
    ['SELECT $1$$ ) $$', /directly after a name/],
    ['SELECT a$$$ ) $$', /directly after a name/],
    ['SELECT 1 AS a --\r) ->> DELETE FROM T ->> SELECT * FROM (SELECT 1', /line end other than/],
    ['SELECT 1 //\u2028) ->> DELETE FROM T ->> SELECT * FROM (SELECT 1', /line end other than/],
    ['SELECT\u00851', /line end other than/],
    ['SELECT 1 ->> SELECT 2', /chains several statements/],
    // The columns of the result would have the values of members as names.
    ['SELECT * FROM M PIVOT(MAX(ID) FOR EMAIL IN (ANY))', /names of fields from values/],
    ['SELECT * FROM M pivot /* x */ (MAX(ID) FOR EMAIL IN(/* ( */ SELECT EMAIL FROM M))', /names of fields/],
    [`SELECT * FROM M PIVOT(MAX(ID) FOR "IN ('a')" IN -- '\n( any ORDER BY 1))`, /names of fields/],
  ] as const)('is not %s', ([text, why]) => {
    expect(() => checkQuery(text)).toThrow(why);
  });

  test.each([
    "SELECT * FROM M PIVOT(MAX(ID) FOR PLAN IN ('free', 'paid'))",
    'SELECT * FROM M UNPIVOT(MAIL FOR KIND IN (HOME, WORK))',
    "SELECT 'PIVOT', ID FROM M WHERE ID IN (SELECT ID FROM N)",
  ])('may have columns that its text names: %s', (text) => {
    expect(checkQuery(text)).toBe(text);
  });

  test('is sent without its comments, in the same lines and columns', () => {
    expect(checkQuery("SELECT 1, /* ) ->> \r\n */ '->> -- \r' -- x\r\nFROM t\r\nWHERE a = $$->>\r$$")).toBe(
      "SELECT 1,           \n    '->> -- \r'     \nFROM t\nWHERE a = $$->>\r$$",
    );
  });

  test('has no comment that Snowflake could end elsewhere', () => {
    expect(checkQuery("SELECT 1 /* /* */ || ' */ ) ->> DELETE FROM t'")).not.toContain('/*');
  });

  test('is told from a table by its first word', () => {
    expect(audienceNamed('SELECTED')).toEqual({ table: ['SELECTED'] });
    expect(audienceNamed('with.members')).toEqual({ table: ['WITH', 'MEMBERS'] });
    for (const text of ['INSERT INTO a VALUES (1)', 'CALL f()', 'DROP TABLE a', 'EXPLAIN SELECT 1'])
      expect(() => audienceNamed(text)).toThrow(/not a valid table name/);
  });
});

test('a partition may be as long as the larger one of its sizes', () => {
  const sizes = [
    { compressedSize: 7, uncompressedSize: 90 },
    { compressedSize: 70, uncompressedSize: 9 },
    { uncompressedSize: 9 },
    {},
  ];
  const partitionInfo = sizes.map((size) => ({ rowCount: 1, ...size }));
  const body = { resultSetMetaData: { numRows: 4, rowType: [], partitionInfo } };
  expect(readDescription(body)?.partitions.map(({ bytes }) => bytes)).toEqual([90, 70, 9, undefined]);
});

describe('a token of a key pair', () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = (options: object = {}) =>
    new Secret(keys.privateKey.export({ type: 'pkcs8', format: 'pem', ...options }).toString());
  const none = new Secret('');

  test('is signed, names the account and the user, and is made again before its end', () => {
    const make = keyPairTokens(readPrivateKey(pem(), none), { account: 'xy12345.eu-west-1', user: 'reader' });
    const now = new Date('2026-05-01T00:00:00Z');
    const token = make(now);
    const [header = '', claims = '', signature = ''] = token.split('.');
    expect(
      verify(
        'RSA-SHA256',
        Buffer.from(`${header}.${claims}`),
        createPublicKey(keys.publicKey.export({ type: 'spki', format: 'pem' })),
        Buffer.from(signature, 'base64url'),
      ),
    ).toBe(true);
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString());
    expect(read).toMatchObject({
      sub: 'XY12345.READER',
      iss: expect.stringMatching(/^XY12345\.READER\.SHA256:[\w+/]{43}=$/),
    });
    expect(read.exp - read.iat).toBeLessThanOrEqual(3_600);
    expect(make(new Date(now.getTime() + 40 * 60_000))).toBe(token);
    expect(make(new Date(now.getTime() + 50 * 60_000))).not.toBe(token);
    expect(make(new Date(now.getTime() - 60 * 60_000))).not.toBe(token);
    expect(accountInToken('MyOrg-Account')).toBe('MYORG-ACCOUNT');
    // With client redirect, the name of the connection stands behind a hyphen.
    expect(accountInToken('xy12345-sales.global')).toBe('XY12345');
    expect(accountInToken('xy12345-sales.Global.privatelink')).toBe('XY12345');
    expect(accountInToken('myorg-global.eu-west-1')).toBe('MYORG-GLOBAL');
  });

  test('needs a readable RSA key, and the passphrase of an encrypted one', () => {
    const encrypted = pem({ cipher: 'aes-256-cbc', passphrase: 'open sesame' });
    expect(readPrivateKey(encrypted, new Secret('open sesame')).asymmetricKeyType).toBe('rsa');
    const refusals = [
      [encrypted, none, /Enter its passphrase/],
      [encrypted, new Secret('wrong word'), /cannot be read with this passphrase/],
      [new Secret('-----BEGIN PRIVATE KEY-----\nno'), none, /not in PEM format/],
      [
        new Secret(
          generateKeyPairSync('rsa', { modulusLength: 1024 })
            .privateKey.export({ type: 'pkcs8', format: 'pem' })
            .toString(),
        ),
        none,
        /2,048 bits/,
      ],
      [
        new Secret(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
        none,
        /RSA key/,
      ],
    ] as const;
    for (const [key, passphrase, why] of refusals) {
      expect(() => readPrivateKey(key, passphrase)).toThrow(why);
      try {
        readPrivateKey(key, passphrase);
      } catch (error) {
        expect(String((error as Error).stack)).not.toMatch(/wrong word|sesame/);
      }
    }
  });
});

describe('the configuration of an authorization', () => {
  const { configuration } = snowflake.methods[1]!;
  const issues = (given: Record<string, string>) => {
    const read = configuration.safeParse({ account: 'MYORG-A1', access_token: 'token', ...given });
    return read.error?.issues.map(({ path, message }) => `${path}: ${message}`) ?? [];
  };

  test('takes an account, and no other host', () => {
    for (const account of ['MYORG-A1', 'xy12345.ap-northeast-1.aws', 'my_org-a_1', 'xy12345-sales.global'])
      expect(issues({ account })).toEqual([]);
    const wrong = [
      '',
      'https://a',
      'a/b',
      'evil.com#',
      'a@b',
      'a:443',
      'a..b',
      '-a',
      'a.snowflakecomputing.com',
      'a b',
    ];
    for (const account of wrong) expect(issues({ account })[0], account).toContain('account: Enter only the account');
  });

  test('takes an origin with TLS, or of this machine', () => {
    const right = [
      'https://a.privatelink.snowflakecomputing.com',
      'http://127.0.0.1:4030',
      'http://localhost:4030',
      '',
    ];
    for (const origin of right) expect(issues({ origin })).toEqual([]);
    const wrong = [
      'http://a.example',
      'https://a.example/x',
      'https://u:p@a.example',
      'ftp://a',
      'x',
      'https://a.example?x',
    ];
    for (const origin of wrong) expect(issues({ origin })[0], origin).toContain('origin: Enter only an origin');
  });

  test('takes names, and reads them as SQL does', () => {
    expect(issues({ warehouse: 'My WH', role: 'Ä', schema: '"my ""crm"' })).toEqual([]);
    expect(issues({ role: 'a"; DROP' })[0]).toContain('role: Enter the name alone');
    const names = ['lineup_wh', '"lineup_wh"', 'My WH', '"a""b"', ''];
    expect(names.map(storedName)).toEqual(['LINEUP_WH', 'lineup_wh', 'My WH', 'a"b', '']);
  });
});

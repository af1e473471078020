/**
 * The table of errors of sources is that of its page, and each source is brought into each of its errors. Those of
 * databases are in postgres/errors.test.ts and mysql/errors.test.ts.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withTable } from '../../scripts/source-errors/table.ts';
import type { Fault as SnowflakeFault, Table } from '../../simulators/snowflake/index.ts';
import { isErrorCode } from '../../src/domain/errors/errors.ts';
import {
  comesBack,
  type SourceError,
  type SourceErrorCode,
  sourceErrors,
  sourceNames,
} from '../../src/domain/errors/source-errors.ts';
import { remedyOf } from '../../src/domain/jobs/conditions.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { openAccess } from '../../src/sources/files/location.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { gcsProvider } from '../../src/sources/gcs/provider.ts';
import { openLytics } from '../../src/sources/lytics/provider.ts';
import { optionalPart } from '../../src/sources/optional-part.ts';
import type { Source } from '../../src/sources/source.ts';
import { credentialsFor, openAudience as openBigQuery, startBigQuery, swiftProvider } from './bigquery/support.ts';
import { errorsOf, guard, read, type Scenarios } from './errors-contract.ts';
import { sendFile, serveFiles } from './support/file-server.ts';
import { useFolder } from './support/folder.ts';
import { inFrontOf, openAudience as openLyticsAudience, reach, startLytics } from './support/lytics.ts';
import { key, never, type StorageOptions, s3At, startStorage } from './support/object-storage.ts';
import { configuration, openTable, providerOf, startSnowflake } from './support/snowflake.ts';
import { swiftClock } from './support/swift-clock.ts';
import { workbookOf } from './support/workbook.ts';

const large = `email\n${Array.from({ length: 20_000 }, (_, n) => `member${n}@example.com`).join('\n')}\n`;

/** What the content of a file can be wrong with, wherever the file is. */
const contents: readonly [code: SourceErrorCode, name: string, content: string | Uint8Array, field?: string][] = [
  ['source_empty', 'empty.csv', ''],
  ['source_unreadable', 'cut.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3])],
  ['source_not_text', 'binary.csv', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0])],
  ['source_format', 'unknown.dat', '#!/?\n'],
  ['source_encoding', 'mixed.csv', Buffer.from('email\na@example.com\n\xff\xfe\xfd\x81\n', 'latin1')],
  ['field_type', 'nested.ndjson', '{"email":{"home":"a@example.com"}}\n'],
  ['field_not_found', 'renamed.csv', 'mail,name\na@example.com,A\n'],
  ['source_unsupported', 'nothing.xlsx', workbookOf({ sheets: {} })],
];

describe('the table', () => {
  test('is that of the page', () => {
    const page = readFileSync('docs/source-errors.md', 'utf8');
    expect(withTable(page)).toBe(page);
  });

  test.each(Object.entries<SourceError>(sourceErrors))('says of %s what the job does', (code, error) => {
    expect(isErrorCode(code)).toBe(true);
    expect(remedyOf({ code }) === 'key').toBe(error.class === 'access');
    expect(comesBack(code)).toBe(error.class === 'comes_back');
    expect(error.sources.every((name) => sourceNames.includes(name))).toBe(true);
  });

  test('does not speak of other errors', () => {
    for (const code of ['line_unreachable', 'internal', 'toString']) expect(comesBack(code)).toBe(false);
  });
});

describe('the errors of files', () => {
  const folder = useFolder();
  const clock = swiftClock();
  const url = (source: string) => read(openFiles({ source, access: { ...openAccess, clock } }));
  const scenarios: Scenarios = {};
  for (const [code, name, content] of contents)
    scenarios[code] = async () => read(openFiles({ source: await folder.write(name, content) }));
  errorsOf('files', {
    ...scenarios,
    source_not_found: () => read(openFiles({ source: folder.path('gone.csv') })),
    source_failed: async () => {
      const server = await serveFiles((_, response) => response.writeHead(503).end());
      return url(`${server.origin}/m.csv`);
    },
    source_expired: async () => {
      const server = await serveFiles((request, response) => {
        const etag = request.headers.range ? '"2"' : '"1"';
        sendFile(request, response, Buffer.from(large), { etag, breakAfter: 200_000 });
      });
      return url(`${server.origin}/m.csv`);
    },
    invalid_argument: async () => read(openFiles({ source: await folder.write('m.csv', 'email\n'), format: 'xls' })),
  });
});

/** The same for both kinds of object storage. */
function errorsOfStorage(
  name: 's3' | 'gcs',
  scheme: string,
  at: (origin: string, changes?: Record<string, string>) => (audience: string) => Promise<Source>,
): void {
  const stored = async (object: string, content: string | Uint8Array, options: StorageOptions = {}) => {
    const sim = await startStorage(options);
    sim.put('members', object, content);
    return at(sim.origin)(`${scheme}://members/${object}`);
  };
  const scenarios: Scenarios = {};
  for (const [code, object, content] of contents) scenarios[code] = () => read(stored(object, content));
  errorsOf(name, {
    ...scenarios,
    source_not_found: async () => read(at((await startStorage()).origin)(`${scheme}://members/gone.csv`)),
    source_unauthorized: () => read(stored('m.csv', large, { fault: () => ({ status: 403, code: 'AccessDenied' }) })),
    source_failed: () => read(stored('m.csv', large, { fault: () => ({ status: 503, code: 'SlowDown' }) })),
    source_expired: async () => {
      let isGone = false;
      const source = await stored('m.csv', large, {
        fault: () => (isGone ? { status: 404, code: 'NoSuchKey' } : undefined),
      });
      isGone = true;
      return read(Promise.resolve(source));
    },
    invalid_argument: async () => read(at((await startStorage()).origin)(`${scheme}://`)),
    invalid_configuration: async () =>
      at((await startStorage()).origin, {
        access_key_id: '',
        secret_access_key: '',
        service_account_key: '',
      })(`${scheme}://members/m.csv`),
  });
}

describe('the errors of S3', () =>
  errorsOfStorage('s3', 's3', (origin, changes) => (audience) => s3At({ origin }, changes).open(audience)));

describe('the errors of Google Cloud Storage', () => {
  errorsOfStorage('gcs', 'gs', (origin, changes) => async (audience) => {
    const provider = gcsProvider({ origin, clock: swiftClock() });
    const credentials = {
      access_key_id: key.accessKeyId,
      secret_access_key: key.secretAccessKey,
      bucket: 'members',
      ...changes,
    };
    return provider.open(new Secret<Record<string, string>>(credentials), audience, never);
  });
});

describe('the errors of BigQuery', () => {
  const query = 'SELECT email FROM crm.members';
  const failing = async (
    fault: Parameters<Awaited<ReturnType<typeof startBigQuery>>['addFault']>[0],
    audience = 'crm.members',
  ) => read(openBigQuery(await startBigQuery({ faults: [fault] }), audience));
  errorsOf('bigquery', {
    source_not_found: () => failing({ kind: 'gone', endpoint: 'session' }),
    source_unauthorized: () => failing({ kind: 'denied', permission: 'bigquery.tables.getData', endpoint: 'session' }),
    source_failed: () => failing({ kind: 'quota', endpoint: 'insert', count: 0 }, query),
    source_expired: () => failing({ kind: 'expired', nth: 2 }),
    source_unreadable: async () => {
      const sim = await startBigQuery();
      return swiftProvider({ networkAt: guard }).open(credentialsFor(sim), 'crm.members', never);
    },
    field_not_found: async () => read(openBigQuery(await startBigQuery(), 'SELECT emial FROM crm.members')),
    field_type: async () => read(openBigQuery(await startBigQuery(), 'crm.vip'), 'profile'),
    source_unsupported: () =>
      optionalPart(
        'Google Cloud',
        () => Promise.reject(Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' })),
        'google-auth-library',
      ),
    invalid_argument: async () => read(openBigQuery(await startBigQuery(), 'SELECT email FORM crm.members')),
    invalid_configuration: async () =>
      openBigQuery(await startBigQuery(), 'crm.members', { service_account_key: '{}' }),
  });
});

describe('the errors of Snowflake', () => {
  const failing = async (fault: SnowflakeFault) =>
    read(openTable(await startSnowflake({ faults: [fault] }), 'SHOP.CRM.VIP'), 'EMAIL');
  /** A column without a text. */
  const profiles: Table = {
    name: ['SHOP', 'CRM', 'PROFILES'],
    columns: [{ name: 'EMAIL', type: 'variant' }],
    rows: 1,
    row: () => ['{}'],
  };
  errorsOf('snowflake', {
    source_not_found: async () => read(openTable(await startSnowflake(), 'SHOP.CRM.GONE')),
    source_unauthorized: () => failing({ kind: 'failure', code: '003001', sqlState: '42501' }),
    source_failed: () => failing({ kind: 'failure', code: '090073', sqlState: '22000' }),
    source_expired: async () => {
      const sim = await startSnowflake({ partitionRows: 100 });
      sim.addFault({ kind: 'expired', endpoint: 'partition', nth: 1 });
      return read(openTable(sim, 'SHOP.CRM.MEMBERS'), 'EMAIL');
    },
    source_unreadable: async () => {
      const sim = await startSnowflake();
      return providerOf({ networkAt: guard }).open(configuration(sim), 'SHOP.CRM.VIP', never);
    },
    field_not_found: async () => read(openTable(await startSnowflake(), 'SHOP.CRM.VIP'), 'EMIAL'),
    field_type: async () => read(openTable(await startSnowflake({ tables: [profiles] }), 'SHOP.CRM.PROFILES'), 'EMAIL'),
    invalid_argument: () => failing({ kind: 'failure', code: '000008', sqlState: '0A000' }),
    invalid_configuration: async () => openTable(await startSnowflake(), 'SHOP.CRM.VIP', { origin: 'no url' }),
  });
});

describe('the errors of Lytics', () => {
  const failing = async (status: number, nth?: number) =>
    read(
      openLyticsAudience(
        await startLytics({
          faults: [{ kind: 'status', status, endpoint: 'scan', count: 0, ...(nth && { nth }) }],
        }),
        'newsletter_japan',
      ),
    );
  const audience = async (audienceId: string) => openLytics({ ...reach(await startLytics()), audienceId });
  errorsOf('lytics', {
    source_not_found: () => audience('nobody'),
    source_unauthorized: () => failing(403),
    source_failed: () => failing(500),
    source_expired: () => failing(400, 3),
    source_unreadable: () => audience('broken'),
    field_not_found: async () => read(openLyticsAudience(await startLytics(), 'vip'), 'emial'),
    field_type: async () => read(openLyticsAudience(await startLytics(), 'vip'), 'scores'),
    source_unsupported: () => audience('articles'),
    invalid_configuration: async () => {
      const sim = await startLytics();
      const server = await inFrontOf(sim, () => false);
      return openLytics({ ...reach(sim), origin: `${server.origin}/path?query`, audienceId: 'vip' });
    },
  });
});

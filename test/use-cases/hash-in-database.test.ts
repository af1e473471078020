/** Jobs and previews whose database hashes the identifiers, with a real reader: only hashes and counts come from it. */
import { afterAll, describe, expect, test } from 'vitest';
import { readerEnvironment } from '../../src/config/reader-environment.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { ReaderPool } from '../../src/readers/pool/pool.ts';
import { defaultReaderSettings } from '../../src/readers/pool/reader-process.ts';
import { held, sha256 } from '../support/cli.ts';
import { aiko, aikoAs, aNewJob } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(30_000);
const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;

const readers = new ReaderPool({
  ...defaultReaderSettings,
  most: 4,
  environment: readerEnvironment(),
  entry: new URL('../support/hashing-reader-main.ts', import.meta.url),
});
afterAll(() => readers.close());

/** A service with an authorization of a database, whose audiences are those of the reader. */
async function withDatabase(): Promise<ServiceBench & { readonly database: string }> {
  const bench = await serviceBench({ readers });
  const input = {
    provider: 'postgresql',
    method: 'postgresql_connection_url',
    label: 'Shop',
    description: '',
  };
  const configuration = { connection_url: 'postgres://reader:secret@127.0.0.1:5432/shop' };
  const { value } = await bench.service.authorizations.create({ ...input, configuration }, aiko);
  return Object.assign(Object.create(bench) as ServiceBench, { database: value.id });
}

/** A job of the members, which are hashed in the database, with a suppression list of the same database. */
async function jobWithList(segment_id: string) {
  const bench = await withDatabase();
  const { service, database: source_authorization_id, authorizationId } = bench;
  const list = { name: 'Left', segment_id, fields: { email: 'email' }, source_authorization_id };
  await service.suppressionLists.create(newSuppressionList.parse(list), aiko);
  const change = { segment_id: 'members', hash_in_database: true };
  const job = { ...aNewJob(authorizationId, change), source_authorization_id };
  const { value: made } = await service.jobs.create(job, aiko);
  return { bench, made };
}

describe('a preview', () => {
  test('counts the same with and without hashing in the database, and has no examples then', async () => {
    const { service, database } = await withDatabase();
    const preview = (change: Record<string, unknown>) =>
      service.sources.preview(
        aikoAs('editor'),
        previewRequest.parse({
          source_authorization_id: database,
          segment_id: 'members',
          id_field: 'email',
          identifier_type: 'email',
          siblings: [{ id_field: 'phone', identifier_type: 'phone', default_country: 'JP' }],
          ...change,
        }),
        signal(),
      );
    const plain = await preview({});
    const { reachable, ...others } = plain;
    expect(reachable).toEqual({ members: 9, of: 9 });
    // In the form that is hashed: the number has got its country code.
    expect(plain.sent[0]).toEqual({ row: 1, value: 't***@e***.com' });
    expect(plain.siblings?.[0]?.sent).toEqual([
      { row: 1, value: '+81 ********78' },
      { row: 2, value: '+81 ********78' },
    ]);
    const hashed = await preview({ hash_in_database: true });
    expect(hashed).toEqual({
      ...others,
      examples: {},
      sent: [],
      siblings: plain.siblings?.map((sibling) => ({ ...sibling, examples: {}, sent: [] })),
    });
    expect(hashed.counts).toMatchObject({ missing: 2, invalid: { too_long: 1, not_an_email: 1 } });

    const some = await preview({ segment_id: 'beyond', hash_in_database: true });
    expect(some.counts.invalid.not_hashed_in_database).toBe(1);
    expect(some.warnings).toContainEqual(expect.objectContaining({ code: 'not_hashed_in_database', count: 1 }));

    const raw = preview({ identifier_type: 'ifa', ifa_format: 'raw', siblings: [], hash_in_database: true });
    await expect(raw).rejects.toMatchObject({ fields: [{ path: 'hash_in_database' }] });
    const lineUsers = preview({ identifier_type: 'line_user_id', siblings: [], hash_in_database: true });
    await expect(lineUsers).rejects.toMatchObject({
      fields: [{ path: 'hash_in_database', message: expect.stringContaining('LINE user IDs are sent as they are') }],
    });
    const plainSource = preview({ segment_id: 'plain', siblings: [], hash_in_database: true });
    await expect(plainSource).rejects.toMatchObject({ code: 'source_unsupported' });
  });
});

describe('a viewer', () => {
  test('may look at the audience of a job only as the job reads it', async () => {
    const { service, authorizationId, database } = await withDatabase();
    const look = (who: 'viewer' | 'editor', hash_in_database: boolean, segment_id = 'members') => {
      const asked = { segment_id, id_field: 'email', identifier_type: 'email', hash_in_database };
      const request = previewRequest.parse({ source_authorization_id: database, ...asked });
      return service.sources.preview(aikoAs(who), request, signal());
    };
    const sample = (who: 'viewer' | 'editor') =>
      service.sources.sample(
        aikoAs(who),
        { source_authorization_id: database, segment_id: 'members', id_field: 'email' },
        signal(),
      );
    const create = (name: string, change: { segment_id: string; hash_in_database: boolean }) => {
      const job = aNewJob(authorizationId, { ...change, audience_name: name });
      return service.jobs.create({ ...job, name, source_authorization_id: database }, aiko);
    };
    const refusal = { code: 'not_permitted' };
    await create('Hashed', { segment_id: 'members', hash_in_database: true });
    expect((await look('viewer', true)).counts.hashed).toBe(6);
    await expect(look('viewer', false)).rejects.toMatchObject(refusal);
    await expect(sample('viewer')).rejects.toMatchObject(refusal);
    expect((await look('editor', false)).counts.hashed).toBe(6);
    await sample('editor');

    await create('Plain', { segment_id: 'beyond', hash_in_database: false });
    expect((await look('viewer', false, 'beyond')).complete).toBe(true);
    await expect(look('viewer', true, 'beyond')).rejects.toMatchObject(refusal);
  });
});

describe('a job', () => {
  test('whose source is a file is refused at its field', async () => {
    const { service, createJob, write } = await withDatabase();
    const segment_id = write('vip.csv', 'email\na@example.com\n');
    await expect(createJob({ segment_id, hash_in_database: true })).rejects.toMatchObject({
      fields: [
        {
          path: 'configuration.hash_in_database',
          message:
            'This source cannot hash identifiers. Choose a table or a query of a database, or turn off hashing in the database.',
        },
      ],
    });
    expect((await service.jobs.list({ limit: 10 })).items).toEqual([]);
  });

  test('sends the hashes of the database without those on a list, which its database hashes too', async () => {
    const { bench, made } = await jobWithList('list');
    const { service } = bench;
    expect(made.configuration.hash_in_database).toBe(true);
    const { audience_id, last_run } = await bench.waitForJob(made.id, atRest);
    const document = await service.runs.document(last_run!.id);
    expect(document).toMatchObject({
      status: 'succeeded',
      counts: { rows: 9, scanned: 13, missing: 2, hashed: 6, prehashed: 2, suppressed: 3, unique: 3 },
      suppression: [{ name: 'Left', size: 2, suppressed: 3 }],
    });
    const hashes = ['hanako@example.com', 'jiro@example.com'].map(sha256);
    expect(held(bench.simulator, audience_id!)).toEqual(expect.arrayContaining(hashes));
    expect(bench.errors).toEqual([]);

    const { revision, configuration } = await service.jobs.get(made.id);
    const off = { configuration: { ...configuration, hash_in_database: false } };
    const saved = await service.jobs.change(made.id, revision, off, aiko);
    expect(saved.configuration.hash_in_database).toBe(false);
  });

  test('with a list that its database cannot judge sends nothing, and waits for its next slot', async () => {
    const { bench, made } = await jobWithList('beyond');
    const stopped = await bench.waitForJob(made.id, atRest);
    expect(stopped).toMatchObject({ condition: 'retrying', error: { code: 'suppression_list_unjudged' } });
    expect(stopped.next_run_at).not.toBeNull();
    expect(stopped.actions).not.toContain('run_anyway');
    expect(bench.simulator.inspect().jobs).toEqual([]);
  });
});

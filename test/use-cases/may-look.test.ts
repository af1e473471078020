/** Which source a role may look at. A viewer sees listed sources and those saved in a job, and no uploads. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { mayDo, role } from '../../src/domain/people/people.ts';
import { key, startStorage } from '../sources/support/object-storage.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aikoAs, aNewJob } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(15_000);

/** The result for a role and a source: `ok`, or the code of the refusal. */
function accessTo({ service }: ServiceBench, source: string | null, id_field = 'email') {
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => 'ok',
      (error: { code?: string }) => error.code ?? String(error),
    );
  return {
    fields: (who: 'viewer' | 'editor', segment: string) =>
      outcome(service.sources.fields(who, source, segment, signal())),
    preview: (who: 'viewer' | 'editor', segment_id: string) => {
      const request = previewRequest.parse({
        source_authorization_id: source,
        segment_id,
        id_field,
        identifier_type: 'email',
      });
      return outcome(service.sources.preview(aikoAs(who), request, signal()));
    },
  };
}

test('users who create jobs may look at everything that they can name', () => {
  for (const held of role.options.filter((held) => mayDo(held, 'jobs.write'))) {
    expect([held, mayDo(held, 'sources.any'), mayDo(held, 'uploads.read')]).toEqual([held, true, true]);
  }
});

describe('a viewer', () => {
  test('sees listed files, and the path or pattern that a job was saved with', async () => {
    const bench = await serviceBench({ role: 'api' });
    const { fields, preview } = accessTo(bench, null);
    const path = bench.write('vip.csv', 'email\na@example.com\nnobody\n');
    const pattern = join(bench.directory, 'members', 'v*.csv');
    expect(await fields('viewer', path)).toBe('ok');
    expect(await preview('viewer', path)).toBe('not_permitted');
    for (const own of [pattern, `${path}/../vip.csv`, '/etc/passwd', 'https://files.example.com/a.csv', 'vip.csv']) {
      expect([own, await fields('viewer', own)]).toEqual([own, 'not_permitted']);
      expect([own, await preview('viewer', own)]).toEqual([own, 'not_permitted']);
    }
    expect(await fields('editor', pattern)).toBe('ok');
    expect(await preview('editor', path)).toBe('ok');

    await bench.createJob({ segment_id: pattern });
    expect(await fields('viewer', pattern)).toBe('ok');
    const shown = await bench.service.sources.preview(
      aikoAs('viewer'),
      previewRequest.parse({
        segment_id: pattern,
        id_field: 'email',
        identifier_type: 'email',
      }),
      signal(),
    );
    expect(shown.examples).toEqual({ not_an_email: [{ row: 2, value: 'n***' }] });
    // Only exactly that text, for exactly that source.
    expect(await fields('viewer', `${pattern}*`)).toBe('not_permitted');
  });

  test('sees members only in the columns that a job exports', async () => {
    const bench = await serviceBench({ role: 'api' });
    const { sources } = bench.service;
    const segment_id = bench.write('vip.csv', 'email,tel,salary,device\na@example.com,0312345678,900,x\n');
    const siblings = [{ identifier_type: 'phone', id_field: 'tel', audience_name: 'Phones' }];
    await bench.createJob({ segment_id, siblings });
    await bench.createJob({
      segment_id,
      id_field: 'device',
      identifier_type: 'ifa',
      audience_name: 'Devices',
    });
    const outcome = (work: Promise<unknown>) =>
      work.then(
        () => 'ok',
        (error: { code?: string }) => error.code ?? String(error),
      );
    const sample = (id_field: string, role: 'viewer' | 'editor' = 'viewer') =>
      outcome(sources.sample(aikoAs(role), { source_authorization_id: null, segment_id, id_field }, signal()));
    const preview = (id_field: string, sibling?: string) => {
      const identifier = {
        identifier_type: 'email' as const,
        ifa_format: 'sha256' as const,
        default_country: null,
      };
      const request = {
        source_authorization_id: null,
        segment_id,
        id_field,
        ...identifier,
        hold_out: null,
        siblings: sibling ? [{ ...identifier, id_field: sibling }] : [],
        suppression_lists: [],
        hash_in_database: false,
      };
      return outcome(sources.preview(aikoAs('viewer'), request, signal()));
    };
    for (const field of ['email', 'tel', 'device']) {
      expect([field, await sample(field), await preview(field)]).toEqual([field, 'ok', 'ok']);
    }
    expect([await sample('salary'), await preview('salary')]).toEqual(['not_permitted', 'not_permitted']);
    expect(await preview('email', 'tel')).toBe('ok');
    expect(await preview('email', 'salary')).toBe('not_permitted');
    // Which fields belong to the same member is known only of one job.
    expect(await preview('email', 'device')).toBe('not_permitted');
    expect(await sample('salary', 'editor')).toBe('ok');
  });

  test('sees no upload in any way, and no list of uploads', async () => {
    const bench = await serviceBench({ role: 'api' });
    const { fields, preview } = accessTo(bench, null);
    const bytes = Readable.from([Buffer.from('email\na@example.com\n')]);
    const input = { name: 'members.csv', policy: 'keep' as const };
    const upload = await bench.service.uploads.create(input, { bytes, length: null }, aiko, signal());
    for (const segment of [upload.segment_id, 'upload:upl_none']) {
      expect(await fields('viewer', segment)).toBe('not_permitted');
      expect(await preview('viewer', segment)).toBe('not_permitted');
    }
    await bench.createJob({ segment_id: upload.segment_id });
    expect(await fields('viewer', upload.segment_id)).toBe('not_permitted');
    expect(await preview('viewer', upload.segment_id)).toBe('not_permitted');
    expect(await fields('editor', upload.segment_id)).toBe('ok');
    expect(await fields('editor', 'upload:upl_none')).toBe('source_not_found');
  });

  test('gets the notice about a file without a header, and sees no member of it', async () => {
    const bench = await serviceBench({ role: 'api' });
    const path = bench.write('vip.csv', 'taro@example.com,09012345678\nhanako@example.com,09087654321\n');
    const found = await bench.service.sources.fields('viewer', null, path, signal());
    expect(found.items.map(({ name }) => name)).toEqual(['column 1', 'column 2']);
    expect(found.notice?.message).toMatch(/seems to have no header/);
    expect(JSON.stringify(found)).not.toMatch(/taro|0901/);
    // Nobody can save a member’s value as the name of a field, and no message shows it.
    const refused = await bench
      .createJob({ segment_id: path, id_field: 'taro@example.com' })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      fields: [{ path: 'configuration.id_field', message: expect.stringMatching(/has no field.*no header/) }],
    });
    expect(JSON.stringify(refused)).not.toMatch(/taro|hanako|0901/);
    const { id } = await bench.createJob({ segment_id: path, id_field: 'column 1' });
    expect((await bench.service.jobs.get(id)).configuration.id_field).toBe('column 1');
  });

  test('sees audiences of Lytics', async () => {
    const lytics = await startLyticsSimulator({ members: 300 });
    onTestFinished(() => lytics.close());
    const bench = await serviceBench({ role: 'api' });
    const { value } = await bench.service.authorizations.create(
      {
        provider: 'lytics',
        method: 'lytics_api_token',
        label: 'Lytics',
        description: '',
        configuration: { token: lytics.token, origin: lytics.origin },
      },
      aiko,
    );
    const { fields, preview } = accessTo(bench, value.id);
    expect(await fields('viewer', lytics.segmentId('vip'))).toBe('ok');
    expect(await preview('viewer', lytics.segmentId('vip'))).toBe('not_permitted');
    expect(await preview('editor', lytics.segmentId('vip'))).toBe('ok');
  });
});

describe('a viewer of object storage', () => {
  test('sees the objects below the bucket and the prefix of the authorization', async () => {
    const sim = await startStorage();
    for (const name of ['daily/a.csv', 'secret/a.csv']) sim.put('members', name, 'email\na@example.com\n');
    const bench = await serviceBench({ role: 'api' });
    const internal_hosts = [`127.0.0.1:${sim.port}`];
    await bench.service.settings.write('network', { internal_hosts }, aiko);
    const { value } = await bench.service.authorizations.create(
      {
        provider: 's3',
        method: 's3_access_key',
        label: 'Exports',
        description: '',
        configuration: {
          access_key_id: key.accessKeyId,
          secret_access_key: key.secretAccessKey,
          endpoint: sim.origin,
          bucket: 'members',
          prefix: 'daily/',
        },
      },
      aiko,
    );
    const { fields, preview } = accessTo(bench, value.id);
    expect(await fields('viewer', 's3://members/daily/a.csv')).toBe('ok');
    for (const own of ['s3://members/secret/a.csv', 's3://members/daily/*.csv', 'newest:s3://members/daily/']) {
      expect([own, await fields('viewer', own)]).toEqual([own, 'not_permitted']);
      expect([own, await preview('viewer', own)]).toEqual([own, 'not_permitted']);
      expect([own, await preview('editor', own)]).toEqual([own, 'ok']);
    }
  });

  test('cannot make it use the credentials of the machine unless the operator allows it', async () => {
    const bench = await serviceBench({ role: 'api' });
    for (const [provider, place] of [
      ['s3', 's3://members/a.csv'],
      ['gcs', 'gs://members/a.csv'],
    ] as const) {
      const { value } = await bench.service.authorizations.create(
        {
          provider,
          method: `${provider}_machine_credentials`,
          label: provider,
          description: '',
          configuration: {},
        },
        aiko,
      );
      expect(await accessTo(bench, value.id).fields('editor', place)).toBe('invalid_configuration');
    }
  });
});

describe('a viewer of a database', needsPostgres, () => {
  test('sees tables and views, and the query that a job was saved with', async () => {
    const bench = await serviceBench({ role: 'api' });
    const { connection } = bench.database.database;
    if (connection.kind !== 'postgres') throw new Error('expected a server');
    const connection_url = connection.url.reveal();
    const client = new pg.Client({ connectionString: connection_url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(`create schema crm; create table crm.members (id int, email text);
      create view crm.vips as select * from crm.members; insert into crm.members values (1, 'a@example.com')`);
    const { value } = await bench.service.authorizations.create(
      {
        provider: 'postgresql',
        method: 'postgresql_connection_url',
        label: 'CRM',
        description: '',
        configuration: { connection_url },
      },
      aiko,
    );
    const internal_hosts = [new URL(connection_url).searchParams.get('host') ?? ''];
    await bench.service.settings.write('network', { internal_hosts }, aiko);
    const { fields, preview } = accessTo(bench, value.id);
    const query = 'select email from crm.members where id > 0';
    for (const listed of ['crm.members', 'crm.vips']) expect(await fields('viewer', listed)).toBe('ok');
    for (const own of [
      query,
      '  (select 1)',
      '/* x */ with a as (select 1) select * from a',
      'pg_catalog.pg_stat_activity',
    ]) {
      expect([own, await fields('viewer', own)]).toEqual([own, 'not_permitted']);
    }
    expect(await preview('viewer', 'crm.members')).toBe('not_permitted');
    expect(await fields('editor', query)).toBe('ok');

    const input = {
      ...aNewJob(bench.authorizationId, { segment_id: query }),
      source_authorization_id: value.id,
    };
    await bench.service.jobs.create(input, aiko);
    expect(await fields('viewer', query)).toBe('ok');
    expect(await preview('viewer', query)).toBe('ok');
    expect(await fields('viewer', `${query} or true`)).toBe('not_permitted');
    // Saved with this authorization, not as a file.
    expect(await accessTo(bench, null).fields('viewer', query)).toBe('not_permitted');
  });
});

/**
 * Jobs that send further identifiers of the same members, each to an audience of its own. No run works on them here.
 */
import { describe, expect, test } from 'vitest';
import type { JobChange, JobView } from '../../src/contracts/jobs.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { json } from '../../src/store/database/schema.ts';
import { getJob } from '../../src/store/repositories/jobs.ts';
import { runRequestOf } from '../../src/use-cases/execute-run.ts';
import { databases, mainDatabase, type TestDatabases } from '../support/databases.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const csv = 'email,phone,device\na@example.com,+81312345678,x\n';
const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' } as const;
const ifa = { identifier_type: 'ifa', id_field: 'device', audience_name: 'VIP (ifa)' } as const;

const chosen = (id: string, change: object = {}) => ({
  ...phone,
  audience_name: null,
  audience_id: id,
  ...change,
});

async function benchOf(database: TestDatabases = mainDatabase) {
  const bench = await serviceBench({ database, role: 'api' });
  const segment_id = bench.write('vip.csv', csv);
  const add = (name: string, idType?: 'HASHED_PHONE_NUMBER' | 'IFA') =>
    bench.simulator.addAudience({ name, idType, members: 0 });
  const create = (siblings: object[], change: object = {}, name?: string) =>
    bench.createJob({ segment_id, siblings, ...change }, name);
  return { bench, segment_id, add, create };
}

/** A job whose runs have made all three audiences. */
async function made(database?: TestDatabases) {
  const scene = await benchOf(database);
  const { bench, add, create } = scene;
  const job = await create([phone, ifa]);
  const ids = [add('VIP'), add('VIP (phone)', 'HASHED_PHONE_NUMBER'), add('VIP (ifa)', 'IFA')] as const;
  await setAudiences(bench, job.id, ids);
  const edit = (configuration: Partial<Record<keyof JobView['configuration'], unknown>>, change: JobChange = {}) =>
    bench.service.jobs.change(
      job.id,
      job.revision,
      { configuration: jobConfiguration.parse({ ...job.configuration, ...configuration }), ...change },
      aiko,
    );
  return { ...scene, job, ids, edit };
}

const setAudiences = async (
  { database }: ServiceBench,
  id: string,
  [audience_id = null, ...siblings]: readonly (string | null)[],
): Promise<void> => {
  await database.database.db
    .updateTable('jobs')
    .set({ audience_id, sibling_audience_ids: json(siblings) })
    .where('id', '=', id)
    .execute();
};

const namesAtLine = ({ simulator }: ServiceBench) =>
  new Map(simulator.inspect().audiences.map(({ id, name }) => [id, name]));

const fieldsOf = (refusal: Promise<unknown>): Promise<{ path: string; message: string }[]> =>
  refusal.then(
    () => [],
    (error: { fields: { path: string; message: string }[] }) => error.fields,
  );

describe.each(databases)('a job with further identifiers on $kind', (kind) => {
  test('knows the chosen audiences, and asks its runs for all of them', async () => {
    const { bench, add, create } = await benchOf(kind);
    const id = add('Phones', 'HASHED_PHONE_NUMBER');
    const job = await create([chosen(id, { default_country: 'JP' }), ifa]);
    expect(job).toMatchObject({ audience_id: null, sibling_audience_ids: [id, null] });
    const stored = await getJob(bench.database.database.db, job.id);
    expect(runRequestOf(stored, {}, 1_000)).toMatchObject({
      field: 'email',
      audienceId: null,
      audienceName: 'VIP',
      siblings: [
        {
          field: 'phone',
          identifierType: 'phone',
          ifaFormat: 'sha256',
          defaultCountry: 'JP',
          audienceId: id,
          audienceName: null,
        },
        { field: 'device', identifierType: 'ifa', audienceId: null, audienceName: 'VIP (ifa)' },
      ],
    });
    const plain = await create([], { audience_name: 'Plain' }, 'Plain');
    expect(runRequestOf(await getJob(bench.database.database.db, plain.id), {}, 1_000)).not.toHaveProperty('siblings');
  });

  test('renames the audiences of changed names at LINE, and keeps each one wherever it is', async () => {
    const { bench, edit, ids } = await made(kind);
    const edited = await edit({
      audience_name: 'Gold',
      siblings: [ifa, { ...phone, audience_name: 'Phones' }],
    });
    expect(edited).toMatchObject({ audience_id: ids[0], sibling_audience_ids: [ids[2], ids[1]] });
    const names = namesAtLine(bench);
    expect(ids.map((id) => names.get(id))).toEqual(['Gold', 'Phones', 'VIP (ifa)']);
    const { items } = await bench.service.auditLog.list({ limit: 9 });
    expect(items.filter(({ action }) => action === 'custom_audience.rename')).toHaveLength(2);
    const change = items.find(({ action }) => action === 'job.change');
    expect(change?.detail).toMatchObject({
      changes: {
        'configuration.siblings': [
          ['phone:phone:VIP (phone)', 'ifa:device:VIP (ifa)'],
          ['ifa:device:VIP (ifa)', 'phone:phone:Phones'],
        ],
      },
    });
    expect(change?.detail).not.toHaveProperty('left_sibling_audiences');
  });
});

describe('a job with further identifiers', () => {
  test('is validated as a whole: all problems at once, each at its key, with one read of the list of LINE', async () => {
    const { bench, segment_id, add, create } = await benchOf();
    const taken = add('Taken');
    await create([], { audience_id: taken, audience_name: null }, 'Other');
    const mails = add('Mails');
    add('VIP (ifa)', 'IFA');
    const listed = () => bench.simulator.inspect().requests.filter(({ endpoint }) => endpoint === 'list').length;
    const before = listed();
    const problems = await fieldsOf(
      create(
        [
          chosen('404', { id_field: 'mobile' }),
          chosen(mails),
          { ...chosen(taken), identifier_type: 'email', id_field: 'mail' },
          ifa,
        ],
        { segment_id },
      ),
    );
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'configuration.siblings.0.audience_id',
      'configuration.siblings.0.id_field',
      'configuration.siblings.1.identifier_type',
      'configuration.siblings.2.audience_id',
      'configuration.siblings.2.id_field',
      'configuration.siblings.3.audience_name',
    ]);
    const problemAt = (path: string) =>
      problems.find((problemAt) => problemAt.path === `configuration.siblings.${path}`);
    expect(problemAt('0.audience_id')?.message).toBe('Ad account A1 has no audience 404.');
    expect(problemAt('1.identifier_type')?.message).toMatch(/^The audience "Mails" has the type HASHED_EMAIL_UPLOAD/);
    expect(problemAt('2.audience_id')?.message).toMatch(/^The job "Other" already updates this audience\./);
    expect(problemAt('3.audience_name')?.message).toMatch(/^LINE already has an audience with this name/);
    // One for the ids, and one for each name.
    expect(listed() - before).toBe(3);
  });

  test('cannot send two identifiers to one audience, however it is named', async () => {
    const { edit, ids } = await made();
    const { audience_id: _, audience_name: __, ...shares } = { ...chosen(ids[1]), shares: true };
    expect(await fieldsOf(edit({ siblings: [shares] }))).toContainEqual(
      expect.objectContaining({
        path: 'configuration.siblings.0.shares',
        message: expect.stringMatching(
          /^LINE Ads does not take identifiers of the types email and \w+ in one audience. Give this identifier/,
        ),
      }),
    );
    // The first sibling keeps its audience by name.
    const both = await fieldsOf(edit({ siblings: [phone, ifa, chosen(ids[1], { id_field: 'other' })] }));
    expect(both).toContainEqual(
      expect.objectContaining({
        path: 'configuration.siblings.2.audience_id',
        message: 'Two identifiers have the same audience. Each one needs an audience of its own.',
      }),
    );
  });

  test('cannot have a list with the members of one of its identifiers', async () => {
    const { bench, segment_id, create } = await benchOf();
    const { value: list } = await bench.service.suppressionLists.create(
      newSuppressionList.parse({
        name: 'All phones',
        segment_id,
        fields: { phone: 'phone' },
        applies_to: 'chosen_jobs',
      }),
      aiko,
    );
    expect(await fieldsOf(create([phone], { suppression_lists: [list.id] }))).toMatchObject([
      { path: 'configuration.suppression_lists', message: expect.stringContaining('"All phones"') },
    ]);
    await create([ifa], { suppression_lists: [list.id] });
  });

  test('keeps all names when LINE refuses one of them', async () => {
    const { bench, edit, ids, job } = await made();
    const change = { audience_name: 'Gold', siblings: [{ ...phone, audience_name: 'Phones' }, ifa] };
    bench.simulator.addFault({ kind: 'status', endpoint: 'rename', status: 400, nth: 2 });
    expect(await fieldsOf(edit(change))).toMatchObject([{ path: 'configuration.siblings.0.audience_name' }]);
    expect(namesAtLine(bench).get(ids[0])).toBe('VIP');
    expect(await bench.service.jobs.get(job.id)).toMatchObject({
      revision: job.revision,
      configuration: { audience_name: 'VIP' },
    });
  });

  test('leaves the audiences of removed identifiers unchanged, and says so in the audit log', async () => {
    const { bench, edit, ids, job } = await made();
    expect(await edit({ siblings: [ifa] })).toMatchObject({ sibling_audience_ids: [ids[2]] });
    expect(namesAtLine(bench).get(ids[1])).toBe('VIP (phone)');
    const { items } = await bench.service.auditLog.list({
      limit: 9,
      subject_id: job.id,
      subject_type: 'job',
    });
    expect(items[0]).toMatchObject({
      action: 'job.change',
      detail: { left_sibling_audiences: [ids[1]] },
    });
  });

  test('gets another audience for the identifiers whose name has changed', async () => {
    const { bench, edit, ids } = await made();
    const change = { siblings: [{ ...phone, audience_name: 'Phones' }, ifa] };
    expect(await edit(change, { another_audience: true })).toMatchObject({
      audience_id: ids[0],
      sibling_audience_ids: [null, ids[2]],
    });
    expect(namesAtLine(bench).get(ids[1])).toBe('VIP (phone)');
  });

  test('needs one confirmation for another ad account', async () => {
    const { edit, ids } = await made();
    const moved = { adaccount_id: 'A2' };
    expect(await fieldsOf(edit(moved))).toMatchObject([
      { path: 'another_audience', message: expect.stringContaining(`${ids.join(', ')} stay unchanged`) },
    ]);
    expect(await edit(moved, { another_audience: true })).toMatchObject({
      audience_id: null,
      sibling_audience_ids: [null, null],
    });
  });

  test('is told which audience is gone at LINE', async () => {
    const { bench, edit, ids } = await made();
    bench.simulator.state.deleteAudience(ids[1]);
    expect(await fieldsOf(edit({ max_shrink: 0.4 }))).toMatchObject([
      {
        path: 'configuration.siblings.0.audience_id',
        message: expect.stringContaining(`The audience ${ids[1]} no longer exists at LINE.`),
      },
    ]);
    const again = { siblings: [{ ...phone, audience_name: 'Phones' }, ifa] };
    expect(await edit(again, { another_audience: true })).toMatchObject({
      sibling_audience_ids: [null, ids[2]],
    });
  });
});

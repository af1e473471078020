/**
 * A run of a job with further identifiers fills all of its audiences, and leaves out who is on a list by each
 * identifier.
 */
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { type JobConfiguration, jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { sendFile, serveFiles } from '../sources/support/file-server.ts';
import { held, sha256 } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko, aikoAs } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;

const mail = (n: number) => `member${n}@example.com`;
const phone = (n: number) => `8131234567${n}`;
const device = (n: number) => `0000000${n}-0000-4000-8000-000000000000`;
const some = [1, 2, 3, 4];
const hashes = (values: readonly string[]) => values.map(sha256).sort();

describe.each(databases)('a run with further identifiers on $kind', (kind) => {
  test('makes each audience once, keeps it for its job, and replaces it in the next run', async () => {
    const bench = await serviceBench({ database: kind });
    const { simulator, service, write, authorizationId } = bench;
    const lines = (members: readonly number[]) =>
      `email,mobile,device\n${members.map((n) => `${mail(n)},${phone(n)},${device(n)}\n`).join('')}`;
    const segment_id = write('vip.csv', lines(some));
    const siblings = [
      { identifier_type: 'phone', id_field: 'mobile', audience_name: 'VIP (phone)' },
      { identifier_type: 'ifa', id_field: 'device', audience_name: 'VIP (ifa)' },
    ];
    const { id } = await bench.createJob({ segment_id, max_shrink: 1, siblings });
    const made = await bench.waitForJob(id, atRest);
    const names = new Map(simulator.inspect().audiences.map((audience) => [audience.id, audience.name]));
    const ids = [made.audience_id!, ...made.sibling_audience_ids.map((sibling_audience_id) => sibling_audience_id!)];
    expect(ids.map((id) => names.get(id))).toEqual(['VIP', 'VIP (phone)', 'VIP (ifa)']);

    // A renamed and moved identifier keeps its audience.
    const configuration = jobConfiguration.parse({
      ...made.configuration,
      siblings: [siblings[1], { ...siblings[0], audience_name: 'Phones' }],
    });
    const edited = await service.jobs.change(id, made.revision, { configuration }, aiko);
    expect(edited.sibling_audience_ids).toEqual([ids[2], ids[1]]);
    write('vip.csv', lines([3, 4, 5]));
    await service.jobs.act(id, 'run_now', aiko);
    const again = await bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== made.last_run?.id);
    expect(again).toMatchObject({ error: null, sibling_audience_ids: [ids[2], ids[1]] });
    expect(held(simulator, ids[1]!)).toEqual(hashes([3, 4, 5].map(phone)));
    expect(held(simulator, ids[2]!)).toEqual(hashes([3, 4, 5].map(device)));
    const vip = simulator.inspect().audiences.filter(({ name }) => /VIP|Phones/.test(name));
    expect(vip.map(({ name }) => name).sort()).toEqual(['Phones', 'VIP', 'VIP (ifa)']);

    // It counts as used by its job.
    const account = { authorization_id: authorizationId, adaccount_id: 'A1' };
    expect((await service.customAudiences.get(account, ids[1]!, AbortSignal.timeout(10_000))).used_by).toEqual([
      { id, name: 'VIP customers' },
    ]);
    await expect(service.customAudiences.delete(account, ids[1]!, aiko)).rejects.toMatchObject({
      code: 'action_not_allowed',
    });
    const other = { segment_id, audience_name: null, audience_id: ids[1], identifier_type: 'phone' };
    await expect(bench.createJob({ ...other, id_field: 'mobile' }, 'Other')).rejects.toMatchObject({
      fields: [{ path: 'configuration.audience_id', message: expect.stringContaining('"VIP customers"') }],
    });
  });
});

describe('a run with further identifiers', () => {
  test('fills each audience with its identifier, without those on a list by the same identifier', async () => {
    const bench = await serviceBench();
    const { simulator, service, write } = bench;
    const segment_id = write(
      'vip.csv',
      `email,mobile,device\n${some.map((n) => `${mail(n)},${phone(n)},${device(n)}\n`).join('')}`,
    );
    await service.suppressionLists.create(
      newSuppressionList.parse({
        name: 'Opted out',
        segment_id: write('out.csv', `mail,tel\n${mail(1)},${phone(2)}\n`),
        fields: { email: 'mail', phone: 'tel' },
      }),
      aiko,
    );
    const ids = [
      simulator.addAudience({ name: 'Phones', idType: 'HASHED_PHONE_NUMBER', members: 0 }),
      simulator.addAudience({ name: 'Devices', idType: 'IFA', members: 0 }),
    ] as const;
    const { id } = await bench.createJob({
      segment_id,
      max_shrink: 1,
      siblings: [
        { identifier_type: 'phone', id_field: 'mobile', audience_id: ids[0] },
        { identifier_type: 'ifa', id_field: 'device', audience_id: ids[1] },
      ],
    });
    const job = await bench.waitForJob(id, atRest);
    expect(job).toMatchObject({ error: null, last_run: { status: 'succeeded' } });
    expect(held(simulator, job.audience_id!)).toEqual(hashes([2, 3, 4].map(mail)));
    expect(held(simulator, ids[0])).toEqual(hashes([1, 3, 4].map(phone)));
    expect(held(simulator, ids[1])).toEqual(hashes(some.map(device)));
    const document = await service.runs.document(job.last_run!.id);
    expect(document).toMatchObject({
      warnings: [],
      siblings: [
        { delivery: 2, audience: { id: ids[0] }, warnings: [], counts: { suppressed: 1 } },
        {
          delivery: 3,
          audience: { id: ids[1] },
          warnings: [{ code: 'hashed_ifa' }, { code: 'suppression_without_field' }],
        },
      ],
    });
  });

  test('leaves out the members of one version of a list that is replaced meanwhile, as its preview does', async () => {
    const bench = await serviceBench();
    const { simulator, service, write } = bench;
    const version = (n: number) => Buffer.from(`mail,tel\n${mail(n)},${phone(n)}\n`);
    let before = Number.POSITIVE_INFINITY;
    const lists = await serveFiles((request, response, count) =>
      sendFile(request, response, version(count > before ? 2 : 1), { etag: count > before ? '"2"' : '"1"' }),
    );
    // To open a file takes a request, and to read it another one.
    const replaceAfterOneReading = () => {
      before = lists.requests.length + 2;
    };
    await service.settings.write('files', { roots: [bench.directory], url_roots: [{ url: lists.origin }] }, aiko);
    await service.suppressionLists.create(
      newSuppressionList.parse({
        name: 'Opted out',
        segment_id: `${lists.origin}/out.csv`,
        fields: { email: 'mail', phone: 'tel' },
      }),
      aiko,
    );
    const segment_id = write(
      'vip.csv',
      `email,mobile,second\n${some.map((n) => `${mail(n)},${phone(n)},${mail(n + 1)}\n`).join('')}`,
    );
    const siblings = [
      { identifier_type: 'phone', id_field: 'mobile', audience_name: 'VIP (phone)' },
      // Of the type of the first identifier, so the list has one field for both.
      { identifier_type: 'email', id_field: 'second', audience_name: 'VIP (second)' },
    ];
    replaceAfterOneReading();
    const { id } = await bench.createJob({ segment_id, max_shrink: 1, siblings });
    const { audience_id, sibling_audience_ids, error } = await bench.waitForJob(id, atRest);
    expect(error).toBeNull();
    expect([audience_id, ...sibling_audience_ids].map((id) => held(simulator, id!))).toEqual([
      hashes([2, 3, 4].map(mail)),
      hashes([2, 3, 4].map(phone)),
      hashes([2, 3, 4, 5].map(mail)),
    ]);

    write('vip.csv', `email,mobile,second\n${mail(1)},${phone(1)},${mail(2)}\n`);
    replaceAfterOneReading();
    const preview = await service.sources.preview(
      aikoAs('editor'),
      previewRequest.parse({
        source_authorization_id: null,
        segment_id,
        id_field: 'email',
        identifier_type: 'email',
        siblings: siblings.map(({ audience_name: _, ...sibling }) => sibling),
      }),
      AbortSignal.timeout(30_000),
    );
    expect([preview, ...(preview.siblings ?? [])].map(({ counts }) => counts.suppressed)).toEqual([1, 1, 0]);
  });

  test('makes no second audience after LINE’s answer for a further identifier was lost', async () => {
    const bench = await serviceBench({ pace: { retryLimitMs: 0 } });
    const { simulator, service, write } = bench;
    // LINE makes the audience of the second identifier, and then says nothing about it.
    simulator.addFault({ kind: 'reset', endpoint: 'upload', when: 'after', fileName: '-2-1.txt' });
    simulator.addFault({ kind: 'status', endpoint: 'upload-jobs', status: 400, when: 'before', count: 0 });
    const { id } = await bench.createJob({
      segment_id: write('vip.csv', `email,mobile\n${mail(1)},${phone(1)}\n`),
      siblings: [{ identifier_type: 'phone', id_field: 'mobile', audience_name: 'VIP (phone)' }],
    });
    const failed = await bench.waitForJob(id, atRest);
    expect(failed).toMatchObject({ sibling_audience_ids: [null], last_run: { status: 'failed' } });
    simulator.clearFaults();
    const named = (audience_name: string) =>
      service.jobs.change(
        id,
        failed.revision,
        {
          configuration: {
            ...failed.configuration,
            siblings: failed.configuration.siblings.map((sibling) => ({ ...sibling, audience_name })),
          } as JobConfiguration,
        },
        aiko,
      );
    await expect(named('Phones')).rejects.toMatchObject({
      code: 'action_not_allowed',
      message: expect.stringContaining('it may have the audience "VIP (phone)"'),
    });
    await service.jobs.act(id, 'resume', aiko);
    const done = await bench.waitForJob(id, (job) => job.last_run?.status === 'succeeded');
    const made = simulator.inspect().audiences.filter(({ name }) => name === 'VIP (phone)');
    expect(made.map((audience) => audience.id)).toEqual(done.sibling_audience_ids);
    expect(held(simulator, made[0]!.id)).toEqual(hashes([phone(1)]));
  });
});

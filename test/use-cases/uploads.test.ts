/**
 * Uploaded files from the first byte to the deletion: exported, kept or deleted as chosen, even if processes die in
 * between.
 */
import { existsSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { UploadPolicy } from '../../src/contracts/uploads.ts';
import type { LineupError } from '../../src/domain/errors/errors.ts';
import { unneededUploads } from '../../src/store/repositories/uploads.ts';
import { rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { textRows, workbookOf } from '../sources/support/workbook.ts';
import { held, members } from '../support/cli.ts';
import { aiko, newKey, openBox } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(15_000);
const DAY = 24 * 3_600_000;

const give = (
  bench: ServiceBench,
  content: string | Uint8Array,
  { name = 'members.csv', policy = 'delete_after_run' }: { name?: string; policy?: UploadPolicy } = {},
) => {
  const bytes = Readable.from([Buffer.from(content)]);
  return bench.service.uploads.create({ name, policy }, { bytes, length: null }, aiko, signal());
};

/**
 * Waits until nothing is known of the upload. The clock goes on with each look: while a chore is at work, a single step
 * would not start the next one.
 */
const forgotten = (bench: ServiceBench, id: string) =>
  until(
    () => {
      bench.clock.advance(2 * 3_600_000);
      return bench.service.uploads.get(id).catch((error: unknown) => String(error));
    },
    (found) => /no upload/.test(String(found)),
  );

const uploadsOf = (bench: ServiceBench) => join(bench.directory, 'data', 'uploads');
/** Fingerprints of members are beside them. */
const filesOf = (bench: ServiceBench) =>
  existsSync(uploadsOf(bench)) ? readdirSync(uploadsOf(bench)).filter((name) => name.startsWith('upl_')) : [];
/** Resolves when the file is deleted. Its row may be gone by then too, when no job names it. */
const deleted = (bench: ServiceBench, id: string) =>
  until(
    async () => ({ row: await bench.service.uploads.get(id).catch(ifMissing), files: filesOf(bench) }),
    ({ row, files }) => row?.deleted_at !== null && !files.includes(id),
  );
const ifMissing = (error: LineupError) => {
  if (error.code !== 'not_found') throw error;
  return undefined;
};
const atRest = (bench: ServiceBench, { id }: { id: string }) =>
  bench.waitForJob(id, (job) => job.status !== 'runnable');
const once = { continuous_update: false, run_frequency: null, time_of_day: null, timezone: null };

/** Every file below a directory that holds the text. */
function filesHolding(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(text));
}

describe('uploads', () => {
  test('a file for one run is exported, and deleted afterwards; so is the sheet of a workbook that a job names', async () => {
    const bench = await serviceBench();
    const { csv, hashes } = members(60);
    const upload = await give(bench, csv);
    expect(upload).toMatchObject({
      name: 'members.csv',
      bytes: csv.length,
      format: 'csv',
      policy: 'delete_after_run',
      created_by: 'Aiko Tanaka',
      used_by: [],
    });
    expect(filesOf(bench)).toEqual([upload.id]);
    expect(filesHolding(bench.directory, 'member1@')).toEqual([]);

    const created = await bench.createJob({ segment_id: upload.segment_id, ...once });
    const job = await atRest(bench, created);
    expect(job).toMatchObject({ status: 'completed', sleep_until: null, error: null });
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    expect((await deleted(bench, upload.id)).row?.used_by).toEqual([{ id: job.id, name: job.name }]);
    expect(await bench.service.uploads.list()).toEqual([]);
    expect(bench.errors).toEqual([]);

    for (const action of ['run_now', 'restart'] as const) {
      await expect(bench.service.jobs.act(job.id, action, aiko)).rejects.toMatchObject({
        code: 'action_not_allowed',
        message: expect.stringMatching(/uploaded file of this job no longer exists/),
      });
    }
    await expect(
      bench.createJob({ segment_id: upload.segment_id, ...once, audience_name: 'Copy' }, 'Copy'),
    ).rejects.toMatchObject({
      fields: [{ path: 'configuration.segment_id', message: expect.stringMatching(/deleted after its run/) }],
    });
    // Its name is deleted when no job refers to it.
    await bench.service.jobs.delete(job.id, aiko);
    await forgotten(bench, upload.id);

    // The sheet of a workbook.
    const rows = csv.trimEnd().split('\n');
    const content = workbookOf({
      sheets: {
        Summary: textRows([['total'], ['60']]),
        '会員 #1': textRows(rows.map((row) => row.split(','))),
      },
    });
    const workbook = await give(bench, content, { name: 'members.xlsx' });
    expect(workbook).toMatchObject({ format: 'xlsx' });
    expect(filesHolding(bench.directory, 'member1@')).toEqual([]);

    const jobOf = (sheet: string) =>
      bench.createJob({
        segment_id: `${workbook.segment_id}#${sheet}`,
        ...once,
        audience_name: 'Sheet',
      });
    await expect(jobOf('None')).rejects.toMatchObject({
      fields: [
        {
          path: 'configuration.segment_id',
          message: expect.stringContaining('has no sheet "None". It has "Summary", "会員 #1".'),
        },
      ],
    });
    const ofSheet = await jobOf('会員 #1');
    const read = await atRest(bench, ofSheet);
    expect(read).toMatchObject({ status: 'completed', error: null });
    expect(held(bench.simulator, read.audience_id!)).toEqual(hashes);
    expect((await deleted(bench, workbook.id)).row?.used_by).toEqual([{ id: read.id, name: read.name }]);
    await bench.service.jobs.delete(read.id, aiko);
    await forgotten(bench, workbook.id);
  });

  test('a file that is kept is read by every run, until another replaces it', async () => {
    const bench = await serviceBench();
    const first = await give(bench, members(40).csv, { policy: 'keep' });
    const created = await bench.createJob({ segment_id: first.segment_id, max_shrink: 1 });
    expect((await atRest(bench, created)).last_run).toMatchObject({ status: 'succeeded', unique: 40 });
    await bench.service.jobs.act(created.id, 'run_now', aiko);
    const job = await atRest(bench, created);
    expect(job.last_run).toMatchObject({ status: 'succeeded', unique: 40 });
    expect((await bench.service.uploads.get(first.id)).deleted_at).toBeNull();

    await expect(bench.service.uploads.change(first.id, 'delete_after_run', aiko)).rejects.toMatchObject({
      code: 'upload_in_use',
      message: expect.stringContaining(job.name),
    });
    await expect(bench.service.uploads.delete(first.id, aiko)).rejects.toMatchObject({
      code: 'upload_in_use',
      message: expect.stringContaining(job.name),
    });

    const { csv, hashes } = members(25);
    const second = await give(bench, csv);
    const configuration = { ...job.configuration, segment_id: second.segment_id };
    await expect(bench.service.jobs.change(job.id, job.revision, { configuration }, aiko)).rejects.toMatchObject({
      fields: [{ path: 'configuration.segment_id', message: expect.stringMatching(/Choose to keep it/) }],
    });
    expect(await bench.service.uploads.change(second.id, 'keep', aiko)).toMatchObject({ policy: 'keep' });
    await bench.service.jobs.change(job.id, job.revision, { configuration }, aiko);
    await deleted(bench, first.id);
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    const after = await atRest(bench, job);
    expect(after.last_run).toMatchObject({ status: 'succeeded', unique: 25 });
    expect(held(bench.simulator, after.audience_id!)).toEqual(hashes);

    await bench.service.jobs.delete(job.id, aiko);
    await deleted(bench, second.id);
    expect(bench.errors).toEqual([]);
  });

  test('a file without a job is deleted after a day; one whose job waits for a person or a key, after a week', async () => {
    const bench = await serviceBench();
    const orphan = await give(bench, 'email\na@example.com\n');
    const upload = await give(bench, 'email\nnobody\n');
    const created = await bench.createJob({ segment_id: upload.segment_id, ...once });
    expect(await atRest(bench, created)).toMatchObject({
      status: 'failed',
      error: { code: 'nothing_to_send' },
    });
    const forKey = await give(bench, members(9).csv);
    bench.simulator.addFault({ kind: 'status', status: 401, endpoint: 'upload', count: 0 });
    const waits = await bench.createJob({ segment_id: forKey.segment_id, ...once, audience_name: 'Key' });
    await bench.waitForJob(waits.id, ({ condition }) => condition === 'waiting');
    const expectKept = async () => {
      const both = [await bench.service.uploads.get(upload.id), await bench.service.uploads.get(forKey.id)];
      expect(both).toMatchObject([{ deleted_at: null }, { deleted_at: null }]);
    };
    bench.clock.advance(DAY + 60_000);
    await deleted(bench, orphan.id);
    await expectKept();
    bench.clock.advance(5 * DAY);
    await bench.waitForJob(waits.id, ({ condition, error_count }) => condition === 'waiting' && error_count > 1);
    await expectKept();
    bench.clock.advance(DAY);
    await deleted(bench, upload.id);
    await deleted(bench, forKey.id);
  });

  test('a file that no run can ever read is deleted with the failure; a terminated job releases its file', async () => {
    const bench = await serviceBench();
    const ragged = await give(bench, `${members(9).csv}1,2,3,4\n`);
    const failed = await atRest(bench, await bench.createJob({ segment_id: ragged.segment_id, ...once }));
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'source_unreadable', message: expect.stringMatching(/^The uploaded file, row 10: /) },
    });
    await deleted(bench, ragged.id);
    const kept = await give(bench, members(9).csv, { policy: 'keep' });
    const job = await bench.createJob({ segment_id: kept.segment_id, audience_name: 'Other' }, 'Other');
    await atRest(bench, job);
    await bench.service.jobs.act(job.id, 'terminate', aiko);
    await deleted(bench, kept.id);
  });

  test('after a key rotation older uploads can still be opened', async () => {
    // Without the channel of the bench, whose configuration is sealed, too.
    const bench = await serviceBench({ channels: true });
    const { csv, hashes } = members(30);
    const { segment_id } = await give(bench, csv, { policy: 'keep' });
    await bench.running.close();
    const fresh = newKey();
    const { db } = bench.database.database;
    // The secret of the authorization, and that of the upload.
    const both = await openBox(db, `${fresh},${bench.key}`);
    expect(await db.transaction().execute((tx) => rotateSecrets(tx, both))).toBe(2);
    await bench.restart({ key: fresh });
    const job = await atRest(bench, await bench.createJob({ segment_id }));
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
  });
});

test('no part of a deleted or incomplete file is left, even if a process died in between', async () => {
  const bench = await serviceBench();
  await give(bench, members(5).csv);
  await bench.running.close();
  // One process died after deleting the key and before deleting the file. Two died during an upload.
  const { db } = bench.database.database;
  await sql`update lineup.uploads set file_key = null, key_id = null, deleted_at = now()`.execute(db);
  const old = new Date(bench.clock.now().getTime() - 2 * DAY);
  for (const name of ['upl_begun.part', 'upl_unknown', 'not-ours']) {
    writeFileSync(join(uploadsOf(bench), name), 'noise');
    utimesSync(join(uploadsOf(bench), name), old, old);
  }
  writeFileSync(join(uploadsOf(bench), 'upl_coming.part'), 'noise');
  await bench.restart();
  await until(
    async () =>
      readdirSync(uploadsOf(bench))
        .filter((name) => name !== 'fingerprints')
        .sort(),
    (names) => names.length === 2 && names[0] === 'not-ours' && names[1] === 'upl_coming.part',
  );
});

test('a worker that cannot see the file reports this, and continues when it can', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { segment_id } = await give(bench, members(12).csv);
  const created = await bench.createJob({ segment_id, ...once });
  renameSync(uploadsOf(bench), `${uploadsOf(bench)}-elsewhere`);
  await bench.restart({ role: 'all' });
  const waiting = await atRest(bench, created);
  expect(waiting).toMatchObject({ status: 'sleeping', error: { code: 'source_not_found' } });
  expect(waiting.error?.message).toBe(
    `The uploaded file is not on this machine. All processes of the service must share one uploads directory. On this machine it is ${uploadsOf(bench)} (LINEUP_UPLOADS_DIR).`,
  );
  renameSync(`${uploadsOf(bench)}-elsewhere`, uploadsOf(bench));
  await bench.service.jobs.act(created.id, 'run_now', aiko);
  expect(await atRest(bench, created)).toMatchObject({ status: 'completed', error: null });
});

test('a file that a run is reading stays, even if its job has another by now', async () => {
  const bench = await serviceBench({ simulator: { jobMs: 60_000 } });
  const first = await give(bench, members(60).csv, { policy: 'keep' });
  const created = await bench.createJob({ segment_id: first.segment_id });
  const going = await bench.waitForJob(created.id, (job) => job.audience_id !== null);
  const second = await give(bench, members(30).csv, { policy: 'keep' });
  const configuration = { ...going.configuration, segment_id: second.segment_id };
  await bench.service.jobs.change(going.id, going.revision, { configuration }, aiko);
  const patience = { unusedSince: bench.clock.now(), restingSince: bench.clock.now() };
  expect(await unneededUploads(bench.database.database.db, patience)).toEqual([]);
  await bench.service.jobs.act(going.id, 'stop_run', aiko);
  await deleted(bench, first.id);
  expect(filesOf(bench)).toEqual([second.id]);
});

describe('a refused upload leaves nothing:', () => {
  const nothing = async (bench: ServiceBench) => {
    expect(filesOf(bench)).toEqual([]);
    expect(await bench.service.uploads.list()).toEqual([]);
  };
  const blocks = async function* (count: number, size = 100_000) {
    for (let n = 0; n < count; n += 1) yield Buffer.alloc(size, 'a');
  };
  const create = (bench: ServiceBench, bytes: AsyncIterable<Uint8Array>, length: number | null = null) =>
    bench.service.uploads.create({ name: 'm.csv', policy: 'keep' }, { bytes, length }, aiko, signal());

  const unreadable = [
    [
      'members.xlsx',
      'PK\x03\x04 a workbook',
      'source_unreadable',
      /^The uploaded file cannot be read as an Excel workbook, because it is damaged or cut off/,
    ],
    ['members.csv', '', 'source_empty', /^The uploaded file is empty/],
    ['members.parquet', 'email\na@example.com\n', 'source_unreadable', /not a Parquet file/],
    ['members.parquet', `PAR1${'x'.repeat(100)}PAR1`, 'source_unreadable', /Parquet/],
    ['members.bin', '?!\n?!', 'source_format', /^The format of the file is unknown/],
    ['members.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), 'source_unreadable', /uploaded file/],
  ] as const;

  test('too large, cut off, or not exportable', async () => {
    const bench = await serviceBench({ role: 'api', uploads: { maxBytes: 250_000 } });
    const neverRead = async function* (): AsyncGenerator<Uint8Array> {
      yield* [];
      throw new Error('the refused file was read');
    };
    const refusal = {
      code: 'upload_too_large',
      message: expect.stringMatching(/larger than the limit of 0.2 MB/),
    };
    await expect(create(bench, neverRead(), 250_001)).rejects.toMatchObject(refusal);
    await expect(create(bench, blocks(3))).rejects.toMatchObject(refusal);
    await nothing(bench);

    const broken = async function* (error: Error) {
      yield* blocks(2);
      throw error;
    };
    const gone = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    await expect(create(bench, broken(gone))).rejects.toMatchObject({ code: 'interrupted' });
    await expect(create(bench, broken(new Error('odd')))).rejects.toThrow('odd');
    await nothing(bench);

    for (const [name, content, code, message] of unreadable) {
      await expect(give(bench, content, { name }), name).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
    await nothing(bench);
    await expect(bench.createJob({ segment_id: 'upload:upl_ofanother' })).rejects.toMatchObject({
      fields: [{ path: 'configuration.segment_id', message: expect.stringMatching(/another installation/) }],
    });
  });

  test('too large for the disk, before the disk is full', async () => {
    let free = 300_000_000;
    const freeBytes = async () => free;
    const bench = await serviceBench({ role: 'api', uploads: { freeBytes } });
    const refusal = { code: 'disk_full', message: expect.stringMatching(/no space .* 44 MB is available/) };
    await expect(create(bench, blocks(1), 50_000_000)).rejects.toMatchObject(refusal);
    const filling = async function* () {
      yield* blocks(1, 1_000_000);
      free = 100_000_000;
      yield* blocks(40, 1_000_000);
    };
    await expect(create(bench, filling())).rejects.toMatchObject({ code: 'disk_full' });
    await nothing(bench);
  });
});

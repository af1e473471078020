/** The files of a scan: nothing of them stays when the run dies before its end, and nobody else loses one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { transaction } from '../../src/store/database/database.ts';
import { claimPartFile } from '../../src/store/repositories/job-parts.ts';
import { listStoredFiles, listUploads, unneededUploads } from '../../src/store/repositories/uploads.ts';
import { partFiles } from '../../src/use-cases/split/files.ts';
import { mainDatabase } from '../support/databases.ts';
import { newKey, openBox } from '../support/service.ts';

const now = () => new Date('2026-03-02T00:00:00Z');
const limits = { unusedSince: new Date('2026-03-01T00:00:00Z'), restingSince: new Date('2026-02-01T00:00:00Z') };

async function scene(freeBytes?: number) {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-parts-'));
  const { database, drop } = await mainDatabase.migrated();
  onTestFinished(async () => {
    await drop();
    rmSync(directory, { recursive: true, force: true });
  });
  const { db } = database;
  const uploads = { directory, maxBytes: 1_000, freeBytes: async () => freeBytes };
  const deps = { db, box: await openBox(db, newKey()), now, uploads };
  return { db, directory, filesOf: (runId: string) => partFiles(deps, runId), names: () => readdirSync(directory) };
}

test('a file is encrypted, is no upload of a person, and is gone when its run fails', async () => {
  const { db, directory, filesOf, names } = await scene();
  const files = filesOf('run-1');
  const [first, second] = [await files.create('csv'), await files.create('csv')];
  await first.write(Buffer.from('email\na@example.com\n'));
  await second.write(Buffer.from('email\nb@example.com\n'));
  await files.keep();
  expect(names().sort()).toEqual([first.id, second.id].sort());
  expect(readFileSync(join(directory, first.id)).includes('example.com')).toBe(false);
  expect([await listUploads(db), (await listStoredFiles(db)).length]).toEqual([[], 2]);
  // Nobody has them yet, but the run may be about to give them away.
  expect(await unneededUploads(db, limits)).toEqual([]);
  await files.discard();
  expect([names(), await listStoredFiles(db)]).toEqual([[], []]);
});

test('another process of the run removes what no part has got, and keeps what one has', async () => {
  const { db, filesOf, names } = await scene();
  const files = filesOf('run-1');
  const [given, left] = [await files.create('csv'), await files.create('csv')];
  await files.keep();
  const configuration = { segment_id: `upload:${given.id}` } as Parameters<typeof claimPartFile>[1];
  await transaction(db, (tx) => claimPartFile(tx, configuration, now()));
  await filesOf('run-1').discard();
  await filesOf('run-2').discard();
  expect(names()).toEqual([given.id]);
  const other = { segment_id: `upload:${left.id}` } as typeof configuration;
  await expect(transaction(db, (tx) => claimPartFile(tx, other, now()))).rejects.toMatchObject({
    code: 'source_not_found',
  });
});

test('a run that dies while it writes leaves no whole file, and a full disk is told', async () => {
  const { filesOf, names } = await scene();
  const files = filesOf('run-1');
  const file = await files.create('csv');
  await file.write(Buffer.alloc(1_000_000));
  expect(names()).toEqual([`${file.id}.part`]);
  await files.discard();
  expect(names()).toEqual([]);
  const full = await scene(1_000);
  await expect(full.filesOf('run-1').create('csv')).rejects.toMatchObject({ code: 'disk_full' });
});

/** Whose fingerprints a run is compared with, and that no death, key or disk makes them wrong. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EarlierFingerprints, NewFingerprints } from '../../src/contracts/fingerprints.ts';
import { deliveryOf, type RunState } from '../../src/domain/runs/run-state.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { fingerprintFiles, fingerprintsIn } from '../../src/store/fingerprints/files.ts';
import { dropFingerprints } from '../../src/store/repositories/fingerprints.ts';
import { deleteJob } from '../../src/store/repositories/jobs.ts';
import { forgetLost } from '../../src/store/secrets/forget.ts';
import { masterKey, SecretBox } from '../../src/store/secrets/secret-box.ts';
import { examineSecrets, rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { tidyFingerprints } from '../../src/use-cases/fingerprints.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { storeOn } from '../support/journals.ts';
import { ended, started } from '../support/runs.ts';
import { anAuthorization, at, openBox } from '../support/service.ts';
import {
  AUDIENCE,
  addEvents,
  bothStaged,
  makeJob,
  queueRun,
  type Sent,
  sendingOf,
  time,
  withSharer,
} from '../support/stored-runs.ts';

const current = useDatabase(mainDatabase);
const keyOf = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const ROW = { form: 'form', count: 40_000 };

let uploads: string;
beforeEach(() => {
  uploads = mkdtempSync(join(tmpdir(), 'lineup-test-fingerprints-'));
});
afterEach(() => rmSync(uploads, { recursive: true, force: true }));

const filesWith = (box: SecretBox, directory = fingerprintsIn(uploads), free?: number) =>
  fingerprintFiles({ db: current.database.db, box, directory, now: () => at(0), freeBytes: async () => free });

/** A delivery, and what is written of it. @param key that they were made with. @default the present one */
async function rowOf(delivery: RunState, box: SecretBox, key?: Secret<Buffer>): Promise<[RunState, NewFingerprints]> {
  const made = key ?? (await filesWith(box).key());
  return [delivery, { ...ROW, chunks: delivery.staged?.chunks ?? [], key: made }];
}

/** Blocks of fingerprints, each filled with a number. */
async function* blocksOf(fill: number, { failing }: { failing?: () => Promise<void> } = {}) {
  for (let n = 0; n < 4; n += 1) {
    if (n === 3) await failing?.();
    yield Buffer.alloc((ROW.count * 8) / 4, fill);
  }
}

async function fillOf(earlier: EarlierFingerprints | undefined): Promise<number | undefined> {
  if (!earlier) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of earlier.read()) parts.push(part.slice());
  const bytes = Buffer.concat(parts);
  expect(bytes).toEqual(Buffer.alloc(ROW.count * 8, bytes[0]));
  return bytes[0];
}

const names = () => readdirSync(fingerprintsIn(uploads));
const tidy = (hours: number, countsTurnover = true) =>
  tidyFingerprints({
    db: current.database.db,
    now: () => new Date(Date.now() + hours * 3_600_000),
    uploads: { directory: uploads, maxBytes: 1, freeBytes: async () => undefined },
    countsTurnover,
  });

/** A service that makes runs to one audience, for e-mail addresses and telephone numbers. */
async function service() {
  const { db } = current.database;
  const box = await openBox(db, keyOf(1));
  const { id: authorization } = await anAuthorization(db, box);
  const store = storeOn(db);
  const job = () => makeJob(store, authorization, { audience_id: AUDIENCE, audience_name: null });
  const { id: first } = await job();
  let minutes = 0;
  const begin = async (id: string, jobId = first): Promise<RunState> => {
    minutes += 10;
    await queueRun(store, id, jobId, minutes);
    const request = { mode: 'append' as const, audienceId: AUDIENCE, audienceName: null, ...withSharer() };
    return addEvents(store, id, [started(id, time(minutes), request), bothStaged(minutes)]);
  };
  const end = async (id: string, [mail, phone]: readonly [Sent, Sent]) => {
    const status = mail === 'whole' && phone === 'whole' ? 'succeeded' : 'failed';
    const events = [...sendingOf(1, mail, minutes, AUDIENCE), ...sendingOf(2, phone, minutes + 1, AUDIENCE)];
    await addEvents(store, id, [...events, ended(time(minutes + 2), status)]);
  };
  /** A run that writes its fingerprints, a number for each delivery, and then sends. */
  const run = async (id: string, fill: number, sent: readonly [Sent, Sent] = ['whole', 'whole'], jobId = first) => {
    const state = await begin(id, jobId);
    const files = filesWith(box);
    for (const n of [1, 2])
      await (await files.write(...(await rowOf(deliveryOf(state, n), box)), blocksOf(fill + n)))();
    await end(id, sent);
  };
  const earlierOf = async (id: string, files = filesWith(box), jobId = first) => {
    const state = await begin(id, jobId);
    await end(id, ['nothing', 'nothing']);
    const found: (number | undefined)[] = [];
    for (const n of [1, 2]) found.push(await fillOf(await files.earlier(deliveryOf(state, n))));
    return found;
  };
  /** A run that sends nothing. */
  const failed = async (id: string): Promise<RunState> => {
    const state = await begin(id);
    await end(id, ['nothing', 'nothing']);
    return state;
  };
  return { db, box, first, job, failed, run, earlierOf };
}

describe('a run is compared with', () => {
  test('the last one that has filled its audience, each identifier for itself', async () => {
    const { run, earlierOf } = await service();
    await run('r1', 10);
    expect(await earlierOf('r2')).toEqual([11, 12]);
    await run('r3', 30, ['part', 'nothing']);
    expect(await earlierOf('r4')).toEqual([11, 12]);
    // Nobody knows which telephone numbers are in the audience now.
    await run('r5', 50, ['whole', 'part']);
    expect(await earlierOf('r6')).toEqual([51, undefined]);
    await run('r7', 70);
    expect(await earlierOf('r8')).toEqual([71, 72]);
    await tidy(24);
    expect(names()).toHaveLength(2);
    expect(await earlierOf('r9')).toEqual([71, 72]);
  });

  test('what the audience has, whichever job has filled it; and nothing when that job is gone', async () => {
    const { db, first, job, run, earlierOf } = await service();
    const { id: second } = await job();
    await run('r1', 10);
    expect(await earlierOf('r2', undefined, second)).toEqual([11, 12]);
    await run('r3', 30, ['whole', 'whole'], second);
    expect(await earlierOf('r4')).toEqual([31, 32]);
    await db.transaction().execute((tx) => deleteJob(tx, second));
    // Not with an older one of its own: the audience has had others since.
    expect(await earlierOf('r5')).toEqual([undefined, undefined]);
    await tidy(24);
    expect(names()).toEqual([]);
    expect(first).not.toBe(second);
  });

  test('nothing after somebody of the same identifier type was forgotten', async () => {
    const { db, run, earlierOf } = await service();
    await run('r1', 10);
    await dropFingerprints(db, 'email');
    expect(await earlierOf('r2')).toEqual([undefined, 12]);
  });

  test('nothing on a machine without the files, which says so', async () => {
    const { box, run, earlierOf } = await service();
    await run('r1', 10);
    await expect(earlierOf('r2', filesWith(box, join(uploads, 'elsewhere')))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the file of the last run stays', () => {
  test('whenever a process dies that writes the next one', async () => {
    const { box, failed, run, earlierOf } = await service();
    await run('r1', 10);
    const next = await failed('r2');
    const [reached, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const failing = () => {
      reached.resolve();
      return ended.promise;
    };
    // In the middle of the file.
    const writing = filesWith(box).write(...(await rowOf(next, box)), blocksOf(20, { failing }));
    await reached.promise;
    expect(names()).toHaveLength(3);
    expect(await earlierOf('r3')).toEqual([11, 12]);
    // After the last byte, before anybody knows of the file.
    await filesWith(box).write(...(await rowOf(next, box)), blocksOf(30));
    expect(names()).toHaveLength(4);
    expect(await earlierOf('r4')).toEqual([11, 12]);
    // When it is known, and nothing was sent.
    await (await filesWith(box).write(...(await rowOf(next, box)), blocksOf(40)))();
    expect(await earlierOf('r5')).toEqual([11, 12]);
    // A file that is being written is young; what nobody finishes goes.
    await tidy(5);
    expect(names()).toHaveLength(5);
    await tidy(7);
    expect(names()).toHaveLength(2);
    expect(await earlierOf('r6')).toEqual([11, 12]);
    ended.reject(new Error('the end of the test'));
    await expect(writing).rejects.toThrow('the end of the test');
  });

  test('when the disk is full, and nothing of the next one does', async () => {
    const { box, failed, run, earlierOf } = await service();
    await run('r1', 10);
    const full = async () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    const writing = filesWith(box).write(...(await rowOf(await failed('r2'), box)), blocksOf(20, { failing: full }));
    await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' });
    // Others need the last of it.
    const nearlyFull = filesWith(box, undefined, 256_000_000 + ROW.count * 8);
    await expect(nearlyFull.write(...(await rowOf(await failed('r4'), box)), blocksOf(20))).rejects.toThrow('no space');
    expect(names()).toHaveLength(2);
    expect(await earlierOf('r3')).toEqual([11, 12]);
  });

  test('when the key was lost with which the next ones were made, and nothing is written', async () => {
    const { box, failed, run, earlierOf } = await service();
    await run('r1', 10);
    const lost = new Secret(Buffer.alloc(16, 7));
    const writing = filesWith(box).write(...(await rowOf(await failed('r2'), box, lost)), blocksOf(20));
    await expect(writing).rejects.toThrow('the key of the fingerprints was lost');
    expect(names()).toHaveLength(2);
    expect(await earlierOf('r3')).toEqual([11, 12]);
  });

  test('and is refused at each length but its own', async () => {
    const { run, earlierOf } = await service();
    await run('r1', 10);
    const path = join(fingerprintsIn(uploads), names().find((name) => name.startsWith('r1-1'))!);
    const whole = readFileSync(path);
    for (const length of [0, 15, 300, 1 << 18, (1 << 18) + 16, whole.length - 1, whole.length - 16]) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(earlierOf(`l${length}`)).rejects.toThrow('cut off or longer');
    }
    writeFileSync(path, whole);
    expect(await earlierOf('r2')).toEqual([11, 12]);
  });
});

test('a rotation of the key leaves the files as they are; without the key nothing opens, and new files come', async () => {
  const { db, box, run, earlierOf } = await service();
  await run('r1', 10);
  const rotated = await openBox(db, `${keyOf(2)},${keyOf(1)}`);
  await db.transaction().execute((tx) => rotateSecrets(tx, rotated));
  const alone = filesWith(await openBox(db, keyOf(2)));
  expect((await alone.key()).reveal()).toEqual((await filesWith(rotated).key()).reveal());
  expect(await earlierOf('r2', alone)).toEqual([11, 12]);
  await expect(earlierOf('r3', filesWith(box))).rejects.toThrow('need the encryption key');
  await expect(filesWith(box).key()).rejects.toThrow('need the encryption key');

  // As "lineup secrets forget" does it, when nobody has the keys any more.
  const before = (await alone.key()).reveal();
  const newer = [masterKey(Buffer.alloc(32, 3))];
  const now = at(0);
  await db.transaction().execute(async (tx) => {
    await forgetLost(tx, await examineSecrets(tx, newer), { box: new SecretBox(newer), now });
  });
  const files = filesWith(await openBox(db, keyOf(3)));
  expect(await earlierOf('r4', files)).toEqual([undefined, undefined]);
  expect((await files.key()).reveal()).not.toEqual(before);
});

test('where nobody wants them any more, they go', async () => {
  const { run, earlierOf } = await service();
  await run('r1', 10);
  await tidy(24, false);
  expect(names()).toEqual([]);
  expect(await earlierOf('r2')).toEqual([undefined, undefined]);
});

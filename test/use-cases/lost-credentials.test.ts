/**
 * What `lineup secrets forget` leaves: jobs and messages wait for what a person enters again, and nothing else is lost.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { sessionSecret } from '../../src/store/repositories/settings.ts';
import { forgetLost } from '../../src/store/secrets/forget.ts';
import { masterKey, SecretBox, UnsealError } from '../../src/store/secrets/secret-box.ts';
import { examineSecrets, rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { held, members } from '../support/cli.ts';
import { webReceiver } from '../support/receivers.ts';
import { aiko, newKey, openBox, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(60_000);
const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const HOUR = 3_600_000;

/** The service starts again with another key. */
async function loseKey(bench: ServiceBench): Promise<void> {
  const key = newKey();
  const keys = [masterKey(Buffer.from(key, 'base64'))];
  const { db } = bench.database.database;
  await bench.restart({ role: 'api' });
  await db.transaction().execute(async (tx) => {
    const box = new SecretBox(keys);
    await forgetLost(tx, await examineSecrets(tx, keys), { box, now: bench.clock.now() });
  });
  expect(await examineSecrets(db, keys)).toMatchObject({ known: true, sealed: 0 });
  await bench.restart({ key, role: 'all' });
}

describe('without the key of its secrets', () => {
  test('a job waits without further runs until its credentials are entered again, and then makes up for its slot', async () => {
    const bench = await serviceBench();
    const { csv, hashes } = members(20);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv) });
    const before = await bench.waitForJob(id, atRest);
    await loseKey(bench);
    const { authorizations, runs } = bench.service;
    expect(await authorizations.get(bench.authorizationId)).toMatchObject({
      enter_again: true,
      health: 'unhealthy',
      health_reason: expect.stringContaining('“Main account”'),
    });
    // It still says so after the daily check, and after a person's.
    const found = await authorizations.verify(bench.authorizationId, {}, aiko, signal());
    expect(found).toMatchObject({ health: 'unhealthy', checks: [{ name: 'key', ok: false }] });

    bench.clock.set(new Date(before.next_run_at!));
    const waiting = await bench.waitForJob(id, (job) => atRest(job) && job.error !== null);
    expect(waiting).toMatchObject({
      status: 'sleeping',
      condition: 'waiting',
      waits_for: 'key',
      next_run_at: null,
      error: { code: 'credentials_lost', message: expect.stringContaining('Enter them again') },
    });
    const runsSoFar = (await runs.list({ limit: 50 })).items.length;
    for (let hours = 0; hours < 50; hours += 5) {
      bench.clock.advance(5 * HOUR);
      // The chores of a look have seen the new time.
      await bench.service.jobs.list({ limit: 1 });
    }
    expect((await runs.list({ limit: 50 })).items).toHaveLength(runsSoFar);
    expect(await bench.service.jobs.get(id)).toMatchObject({ condition: 'waiting', error_count: 1 });

    const { revision } = await authorizations.get(bench.authorizationId);
    const configuration = { access_key: bench.simulator.keys[0]!.accessKey, secret_key: SECRET_KEY };
    await authorizations.change(bench.authorizationId, revision, { configuration }, aiko, 'editor');
    const after = await bench.waitForJob(id, (job) => atRest(job) && job.error === null);
    expect(after).toMatchObject({ condition: 'scheduled', last_run: { status: 'succeeded' } });
    expect(held(bench.simulator, after.audience_id!)).toEqual(hashes);
    expect(await authorizations.get(bench.authorizationId)).not.toHaveProperty('enter_again');
    expect(bench.errors).toEqual([]);
  });

  test('messages wait for the target of their channel; a webhook gets a new signing key with it', async () => {
    const receiver = await webReceiver();
    const bench = await serviceBench({ channels: true });
    const { channel } = await bench.service.notifications.create(
      {
        kind: 'webhook',
        label: 'Operations',
        events: ['job_succeeded'],
        configuration: { url: receiver.url },
      },
      aiko,
    );
    await loseKey(bench);
    const { notifications, authorizations } = bench.service;
    const listed = () => notifications.list();
    expect(await listed()).toMatchObject([{ enter_again: true, last_error: expect.stringContaining('“Operations”') }]);
    expect(await notifications.test(channel.id, signal())).toMatchObject({
      ok: false,
      message: expect.stringContaining('Enter them again'),
    });
    const { revision } = await authorizations.get(bench.authorizationId);
    const configuration = { access_key: bench.simulator.keys[0]!.accessKey, secret_key: SECRET_KEY };
    await authorizations.change(bench.authorizationId, revision, { configuration }, aiko, 'editor');
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(20).csv) });
    await bench.waitForJob(id, atRest);
    bench.clock.advance(72 * HOUR);
    const { db } = bench.database.database;
    const sent = () => db.selectFrom('notifications').select(['status', 'attempts']).execute();
    expect(await sent()).toEqual([{ status: 'waiting', attempts: 0 }]);
    const changed = await notifications.change(channel.id, { configuration: { url: receiver.url } }, aiko);
    expect(changed.signingKey?.reveal()).toMatch(/^whsec_/);
    expect(changed.channel).not.toHaveProperty('enter_again');
    await until(sent, (rows) => rows.every(({ status }) => status === 'sent'));
    // With a channel that has its key, a new target keeps it.
    const moved = await notifications.change(channel.id, { configuration: { url: receiver.url } }, aiko);
    expect(moved.signingKey).toBeNull();
  });

  test('an uploaded file is erased, everybody signs in again, and an old sealed value says what to do', async () => {
    const bench = await serviceBench();
    const { db } = bench.database.database;
    const upload = await bench.service.uploads.create(
      { name: 'vip.csv', policy: 'keep' },
      { bytes: new Blob([members(20).csv]).stream(), length: null },
      aiko,
      signal(),
    );
    const cookies = await sessionSecret(db, bench.running.box, bench.clock.now());
    const sealed = bench.running.box.seal(new Secret('x'), { table: 't', row: 'r', column: 'c' });
    await loseKey(bench);
    expect((await bench.service.uploads.get(upload.id)).deleted_at).not.toBeNull();
    const directory = join(bench.directory, 'data', 'uploads');
    await until(
      async () => readdirSync(directory),
      (names) => names.length === 0,
    );
    const again = await sessionSecret(db, bench.running.box, bench.clock.now());
    expect(again.reveal()).not.toBe(cookies.reveal());
    // What still has the old key is an error that says what to do, also where nobody expects it.
    expect(() => bench.running.box.open(sealed, { table: 't', row: 'r', column: 'c' })).toThrow(UnsealError);
    expect(() => bench.running.box.open(sealed, { table: 't', row: 'r', column: 'c' })).toThrow(
      /does not have.*lineup secrets forget/,
    );
  });
});

test('a process that does not have the key says which one it needs, and its jobs wait for one that has', async () => {
  const bench = await serviceBench();
  const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(20).csv) });
  await bench.waitForJob(id, atRest);
  // As an earlier version, or a copy of the database, may do it.
  const fresh = newKey();
  const { db } = bench.database.database;
  const both = await openBox(db, `${fresh},${bench.key}`);
  await db.transaction().execute((tx) => rotateSecrets(tx, both));
  await bench.service.jobs.act(id, 'run_now', aiko);
  const needed = new RegExp(`encryption key ${both.keyId}, which this process.*lineup secrets forget`);
  expect(await bench.waitForJob(id, atRest)).toMatchObject({
    condition: 'waiting',
    waits_for: 'key',
    error: { code: 'secret_key_wrong', message: expect.stringMatching(needed) },
  });
  // That says nothing about the credentials.
  const found = await bench.service.authorizations.verify(bench.authorizationId, {}, aiko, signal());
  expect(found).toMatchObject({
    health: 'unknown',
    checks: [{ ok: false, message: expect.stringMatching(needed) }],
  });
  await bench.restart({ key: fresh });
  bench.clock.advance(61_000);
  await bench.waitForJob(id, (job) => atRest(job) && job.error === null);
});

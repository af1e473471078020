/** The whole service on a data directory: its work is there after a restart, and no secret is in the files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { openService, type RunningService } from '../../src/compose/service.ts';
import type { EventLog } from '../../src/contracts/event-log.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { held, members } from '../support/cli.ts';
import { embedDatabase } from '../support/databases.ts';
import { aiko, aNewJob, SECRET_KEY } from '../support/service.ts';
import { MovedClock, quick, until } from '../support/service-bench.ts';

const HOUR = 3_600_000;

test('a run that a restart interrupts continues where it was, and the directory holds no secret and no member', {
  timeout: 240_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-restart-'));
  const simulator = await startLineAdsSimulator({
    secretKey: SECRET_KEY,
    jobMs: HOUR,
    matchMs: 0,
    rateToleranceMs: 500,
  });
  const errors: unknown[] = [];
  const log: EventLog = { record: (_, { err } = {}) => void (err !== undefined && errors.push(err)) };
  let running: RunningService | undefined;
  onTestFinished(async () => {
    await running?.close();
    await simulator.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const start = () =>
    openService({
      dataDirectory: join(directory, 'data'),
      baseUrls: { line_ads: simulator.url },
      role: 'all',
      clock: new MovedClock(),
      log,
      pace: quick,
    });
  const folder = join(directory, 'members');
  mkdirSync(folder);
  const { csv, hashes } = members(30);
  writeFileSync(join(folder, 'vip.csv'), csv);

  await embedDatabase(join(directory, 'data'));
  running = await start();
  await running.useCases.settings.write('files', { roots: [folder] }, aiko);
  const { value: authorization } = await running.useCases.authorizations.create(
    {
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label: 'Main account',
      description: '',
      configuration: { access_key: simulator.keys[0]!.accessKey, secret_key: SECRET_KEY },
    },
    aiko,
  );
  const { value: created } = await running.useCases.jobs.create(
    aNewJob(authorization.id, { segment_id: join(folder, 'vip.csv') }),
    aiko,
  );
  await until(
    async () => simulator.inspect().jobs.length,
    (uploads) => uploads === 1,
  );
  await running.close();
  const staged = readdirSync(join(directory, 'data', 'staged', created.last_run!.id));
  expect(staged.sort()).toEqual(['chunk-0001.txt', 'chunk-0001.txt.tags']);
  for (const trace of [SECRET_KEY, 'member1@example.com', hashes[0]!]) {
    expect(bytesBelow(join(directory, 'data')).filter((bytes) => bytes.includes(trace))).toEqual([]);
  }

  // As a killed process leaves it: no lease is released.
  const left = await openDatabase({ dataDirectory: join(directory, 'data') });
  for (const [token, name] of ['scheduler', `run:${created.last_run?.id}`].entries()) {
    const [acquired_at, expires_at] = [new Date(), new Date(Date.now() + HOUR)];
    const lease = { name, holder: 'the dead', token, acquired_at, expires_at };
    await left.db.insertInto('leases').values(lease).execute();
  }
  await left.close();

  simulator.advance(HOUR);
  running = await start();
  const { useCases } = running;
  const job = await until(
    () => useCases.jobs.get(created.id),
    ({ status }) => status !== 'runnable',
  );
  expect(job).toMatchObject({ status: 'sleeping', last_run: { id: created.last_run?.id } });
  expect(held(simulator, job.audience_id!)).toEqual(hashes);
  expect(simulator.inspect().violations).toEqual([]);
  await running.close();
  running = undefined;
  expect(errors).toEqual([]);
  for (const trace of [SECRET_KEY, 'member1@example.com', hashes[0]!]) {
    expect(bytesBelow(join(directory, 'data')).filter((bytes) => bytes.includes(trace))).toEqual([]);
  }
});

const bytesBelow = (root: string): Buffer[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

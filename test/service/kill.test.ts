/** Workers that are killed at every point of a run: another goes on, and the audience is exact. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { type LyticsSimulator, startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { held, members, sha256 } from '../support/cli.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aNewJob, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { startWorker, type WorkerProcess } from '../support/workers.ts';

const CHUNK = 40;
const MEMBERS = 70;

describe('workers', needsPostgres, () => {
  test('killed after each event of a run: nothing is lost, doubled or mixed', {
    timeout: 180_000,
  }, async () => {
    // Every event of a run, and those around an upload for a new audience as well as for an existing one.
    const points = [
      ...[1, 2, 3, 4, 7, 9].map((event) => ({ event, replaces: false })),
      ...[3, 4, 5, 6, 8, 10].map((event) => ({ event, replaces: true })),
    ];
    const accounts = points.map((_, n) => `K${n + 1}`);
    const bench = await serviceBench({ role: 'api', simulator: manyKeys(accounts) });
    const pool = await workers(bench, ['data', 'data']);
    const heard = await listenToJournals(bench);

    const jobs = await Promise.all(
      points.map(async (point, n) => {
        const { csv, hashes } = members(MEMBERS, `p${n}-`);
        const account = accounts[n]!;
        const audience = point.replaces
          ? { audience_id: await existingAudience(bench, account), audience_name: null }
          : { audience_name: `Audience ${n}` };
        const job = await createJobOf(bench, account, `p${n}.csv`, csv, audience);
        heard.when(job.last_run!.id, point.event, () => pool.killHolderOf(job.last_run!.id));
        return { id: job.id, hashes };
      }),
    );
    for (const { id, hashes } of jobs) {
      // On a busy machine a dozen workers take their time to start.
      const job = await bench.jobThat(id, ({ status }) => status !== 'runnable', 120_000);
      expect(job).toMatchObject({ status: 'sleeping', error: null, last_run: { status: 'succeeded' } });
      expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    }
    expect(pool.kills).toBeGreaterThan(points.length / 2);
    expect(heard.failures).toEqual([]);
    expect(bench.simulator.inspect().violations).toEqual([]);
    expect(ourAudiences(bench)).toHaveLength(points.length);
  });

  test.each([1, 2])(
    'killed while the answer to chunk %i is on its way: it is not sent again',
    async (chunk) => {
      const bench = await serviceBench({ role: 'api', simulator: manyKeys(['K1']) });
      const pool = await workers(bench, ['data', 'data']);
      const { csv, hashes } = members(MEMBERS);
      bench.simulator.addFault({ kind: 'slow', when: 'after', ms: 3_000, endpoint: 'upload', nth: chunk });
      const created = await createJobOf(bench, 'K1', 'vip.csv', csv, { audience_name: 'Audience' });
      await takenByLine(bench, chunk);
      await pool.killHolderOf(created.last_run!.id);
      const job = await bench.jobThat(created.id, ({ status }) => status !== 'runnable');
      expect(job).toMatchObject({ error: null, last_run: { id: created.last_run!.id, status: 'succeeded' } });
      expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
      expect(pool.kills).toBe(1);
      expect(bench.simulator.inspect().violations).toEqual([]);
      expect(ourAudiences(bench)).toEqual(['Audience']);
    },
  );

  test.each([
    { what: 'the source is the same: the run goes on with the same chunks', changed: false },
    {
      what: 'the source has changed: a fresh run replaces the audience that the first has made',
      changed: true,
    },
  ])('on another machine, where nothing is staged, and $what', async ({ changed }) => {
    const bench = await serviceBench({ role: 'api', simulator: manyKeys(['K1']) });
    const pool = await workers(bench, ['machine-a']);
    const { csv, hashes } = members(MEMBERS);
    // The creation is taken and its answer lost: the hardest moment, for nobody knows the audience's id.
    bench.simulator.addFault({ kind: 'slow', when: 'after', ms: 3_000, endpoint: 'upload', nth: 1 });
    const created = await createJobOf(bench, 'K1', 'vip.csv', csv, { audience_name: 'Audience' });
    await takenByLine(bench, 1);
    const after = changed ? members(MEMBERS, 'changed') : { csv, hashes };
    bench.write('vip.csv', after.csv);
    await pool.killHolderOf(created.last_run!.id, 'machine-b');
    const job = await bench.jobThat(created.id, ({ status }) => status !== 'runnable');
    expect(job).toMatchObject({ status: 'sleeping', error: null, last_run: { status: 'succeeded' } });
    expect(job.last_run?.id === created.last_run?.id).toBe(!changed);
    expect(held(bench.simulator, job.audience_id!)).toEqual(after.hashes);
    expect(ourAudiences(bench)).toEqual(['Audience']);
    expect(bench.simulator.inspect().violations).toEqual([]);
  });

  test.each([
    { what: 'its worker was killed: another of the same machine goes on', signal: 'SIGKILL', next: 'data' },
    { what: 'its worker was told to end: the next one goes on', signal: 'SIGTERM', next: 'data' },
    { what: 'its machine is gone: another begins anew', signal: 'SIGKILL', next: 'elsewhere' },
  ] as const)('in the middle of a scan of Lytics $what', { timeout: 150_000 }, async ({ signal, next }) => {
    const lytics = await startLyticsSimulator({ members: 6_000, pageMs: 25 });
    onTestFinished(() => lytics.close());
    const bench = await serviceBench({ role: 'api', simulator: manyKeys(['K1']) });
    const pool = await workers(bench, next === 'data' ? ['data', 'data'] : ['data'], 1_000);
    const still = lytics.addFault({ kind: 'slow', ms: 600_000, endpoint: 'scan', nth: 45 });
    const { id, last_run } = await lyticsJob(bench, lytics);
    await until(
      async () => lytics.inspect().faults.find((fault) => fault.id === still)?.seen ?? 0,
      (seen) => seen >= 45,
      45_000,
    );
    lytics.clearFaults();
    await pool.killHolderOf(last_run!.id, next, signal);
    const job = await bench.jobThat(id, ({ status }) => status !== 'runnable', 90_000);
    expect(job).toMatchObject({ error: null, last_run: { id: last_run!.id, status: 'succeeded' } });
    const document = await bench.service.runs.document(last_run!.id);
    expect(document?.counts).toMatchObject({ rows: 6_000, scanned: 6_000 });
    expect(held(bench.simulator, job.audience_id!)).toEqual(addressesOf(lytics));

    const events = (await bench.service.runs.events(last_run!.id, { limit: 99 })).items;
    const rows = events.flatMap(({ event }) => (event.type === 'scan_continued' ? [event.rows] : []));
    const pages = lytics.inspect().requests.filter(({ endpoint }) => endpoint === 'scan');
    const begun = pages.filter(({ path }) => !path.includes('start='));
    if (next === 'elsewhere') return expect([begun.length, rows]).toEqual([2, []]);
    expect([begun.length, rows.length]).toEqual([1, 1]);
    expect(rows[0]).toBeGreaterThanOrEqual(100);
    // What was read by then is not asked for again.
    for (const { path } of pages.slice(0, rows[0]! / 100)) {
      expect(pages.filter((page) => page.path === path)).toHaveLength(1);
    }
  });

  test('told to end, a worker hands its run over and leaves nothing to wait for', async () => {
    const bench = await serviceBench({ role: 'api', simulator: { ...manyKeys(['K1']), jobMs: 1_500 } });
    const [worker] = (await workers(bench, ['data'])).alive();
    const { csv, hashes } = members(MEMBERS);
    const created = await createJobOf(bench, 'K1', 'vip.csv', csv, { audience_name: 'Audience' });
    await takenByLine(bench, 1);
    worker!.child.kill('SIGTERM');
    expect(await worker!.ended).toBe(0);
    const left = await bench.service.runs.get(created.last_run!.id);
    expect(left).toMatchObject({ status: 'queued' });
    expect((await bench.service.jobs.get(created.id)).status).toBe('runnable');
    await workers(bench, ['data']);
    const job = await bench.jobThat(created.id, ({ status }) => status !== 'runnable');
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    expect(bench.simulator.inspect().violations).toEqual([]);
    const log = (await bench.service.jobs.transitions(created.id, { limit: 9 })).items;
    expect(log.map(({ action }) => action)).toEqual(['run_succeeded', 'run_interrupted', 'create']);
  });
});

const ourAudiences = ({ simulator }: ServiceBench): string[] =>
  simulator.state
    .audiences()
    .map(({ name }) => name)
    .filter((name) => /^(Audience|Existing)\b/.test(name));

/** An access key and an ad account a job, so that LINE's limits do not put the jobs in line. */
const manyKeys = (accounts: readonly string[]) => ({
  keys: accounts.map((account) => ({
    accessKey: `KEY${account}`,
    secretKey: SECRET_KEY,
    role: 'data_provider' as const,
  })),
  adAccounts: [...accounts],
});

async function createJobOf(
  bench: ServiceBench,
  account: string,
  name: string,
  csv: string,
  audience: Record<string, unknown>,
) {
  const { value: authorization } = await bench.service.authorizations.create(
    {
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label: account,
      description: '',
      configuration: { access_key: `KEY${account}`, secret_key: SECRET_KEY },
    },
    aiko,
  );
  const configuration = { segment_id: bench.write(name, csv), adaccount_id: account, ...audience };
  return bench.createJob(configuration, name, authorization.id);
}

/** A job on all members of Lytics. */
async function lyticsJob(bench: ServiceBench, { token, origin, segmentId }: LyticsSimulator) {
  const authorize = async (provider: string, method: string, configuration: Record<string, string>) => {
    const input = { provider, method, label: provider, description: '', configuration };
    return (await bench.service.authorizations.create(input, aiko)).value.id;
  };
  const line = await authorize('line_ads', 'line_ads_api_key', {
    access_key: 'KEYK1',
    secret_key: SECRET_KEY,
  });
  const input = {
    ...aNewJob(line, {
      segment_id: segmentId('all_members'),
      adaccount_id: 'K1',
      audience_name: 'From Lytics',
    }),
    source_authorization_id: await authorize('lytics', 'lytics_api_token', { token, origin }),
  };
  return (await bench.service.jobs.create(input, aiko)).value;
}

/** What LINE must hold of all members. */
function addressesOf(lytics: LyticsSimulator): string[] {
  const values = [...lytics.members('all_members', 'email')].map(({ email }) => String(email ?? '').trim());
  const addresses = values.filter((value) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value));
  return [...new Set(addresses.map((value) => sha256(value.toLowerCase())))].sort();
}

/** An audience that holds somebody else, to be replaced. */
async function existingAudience(bench: ServiceBench, account: string): Promise<string> {
  const client = new LineAdsClient({
    accessKey: `KEY${account}`,
    secretKey: SECRET_KEY,
    baseUrl: bench.simulator.url,
  });
  const path = bench.write(`${randomUUID()}.txt`, `${'ab'.repeat(32)}\n`);
  const { id } = await client.customAudiences.upload(account, {
    name: `Existing ${account}`,
    action: 'ADD',
    idType: 'HASHED_EMAIL',
    file: { path, name: 'before.txt' },
  });
  return id;
}

/** Resolves once LINE has so many uploads. */
const takenByLine = ({ simulator }: ServiceBench, uploads: number) =>
  until(
    async () => simulator.inspect().jobs.length,
    (taken) => taken === uploads,
  );

/** A worker a machine; one that is killed is followed by another. */
async function workers(bench: ServiceBench, machines: readonly string[], chunkRecords = CHUNK) {
  const pace = { chunkRecords, concurrency: 6 };
  const alive = new Map<number, WorkerProcess>();
  const start = async (machine: string) => {
    const worker = await startWorker(bench, pace, machine);
    alive.set(worker.pid, worker);
    void worker.ended.then(() => alive.delete(worker.pid));
  };
  for (const machine of machines) await start(machine);
  let kills = 0;
  return {
    get kills() {
      return kills;
    },
    /** Kills the process that has the run, if it still has it. */
    alive: () => [...alive.values()],
    killHolderOf: async (runId: string, nextMachine = machines[0]!, signal: NodeJS.Signals = 'SIGKILL') => {
      const row = await bench.database.database.db
        .selectFrom('leases')
        .select('holder')
        .where('name', '=', `run:${runId}`)
        .executeTakeFirst();
      const worker = alive.get(Number(row?.holder.split(' ')[1]));
      if (!worker) return;
      alive.delete(worker.pid);
      worker.child.kill(signal);
      kills += 1;
      await start(nextMachine);
    },
  };
}

/** Calls back the moment that a run's journal holds so many events. */
async function listenToJournals(bench: ServiceBench) {
  const { connection } = bench.database.database;
  if (connection.kind !== 'postgres') throw new Error('only PostgreSQL tells other processes');
  const client = new pg.Client({ connectionString: connection.url.reveal() });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`
    create function tell_of_event() returns trigger language plpgsql as $$
      begin perform pg_notify('journal', new.run_id || ' ' || new.seq); return new; end $$;
    create trigger tell_of_event after insert on lineup.run_events for each row execute function tell_of_event();
    listen journal`);
  const waiting = new Map<string, () => Promise<void>>();
  const going: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  client.on('notification', ({ payload = '' }) => {
    const reached = waiting.get(payload);
    waiting.delete(payload);
    if (reached) going.push(reached().catch((error: unknown) => failures.push(error)));
  });
  onTestFinished(async () => void (await Promise.all(going)));
  return {
    failures,
    when: (runId: string, event: number, reached: () => Promise<void>) => {
      waiting.set(`${runId} ${event}`, reached);
    },
  };
}

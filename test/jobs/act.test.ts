import { afterEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import { silentLog } from '../../src/contracts/event-log.ts';
import { type Actor, system } from '../../src/domain/people/people.ts';
import { type ActContext, act, create } from '../../src/jobs/act.ts';
import type { Action } from '../../src/jobs/actions.ts';
import type { HeldLeases } from '../../src/store/coordination/leases.ts';
import { transaction } from '../../src/store/database/database.ts';
import { listTransitions } from '../../src/store/repositories/job-transitions.ts';
import { getJob } from '../../src/store/repositories/jobs.ts';
import { listRuns } from '../../src/store/repositories/run-list.ts';
import { getRun, lastRun } from '../../src/store/repositories/runs.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { journalsOn, storeOn } from '../support/journals.ts';
import { leasesOn } from '../support/leases.ts';
import { ended, started } from '../support/runs.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

const key = newKey();

describe('an action on a job', () => {
  const current = useDatabase(mainDatabase);
  const opened: HeldLeases[] = [];
  const queued: string[] = [];
  const reported: DomainEvent[] = [];
  afterEach(async () => {
    queued.length = 0;
    reported.length = 0;
    for (const leases of opened.splice(0)) await leases.close();
  });

  const within = <T>(minutes: number, work: (context: ActContext) => Promise<T>, actor: Actor = aiko): Promise<T> =>
    transaction(current.database.db, (tx) =>
      work({
        tx: storeOn(current.database.db, {
          enqueue: async (_, messages) => void queued.push(...messages.map(({ runId }) => runId)),
          publish: async (_, event) => void reported.push(event),
        }).within(tx),
        actor,
        now: at(minutes),
        retryLimitMs: 3_600_000,
        newRunId: (now) => `run-${now.toISOString()}`,
        log: silentLog,
      }),
    );
  const newJob = async (configuration: Record<string, unknown> = {}) => {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key));
    return within(0, (context) => create(context, aNewJob(id, configuration)));
  };
  const doIt = (minutes: number, jobId: string, action: Action, actor = aiko) =>
    within(minutes, (context) => act(context, jobId, action), actor);
  const log = async (jobId: string) =>
    (await listTransitions(current.database.db, jobId, 99))
      .reverse()
      .map((line) => `${line.action}: ${line.from_status} → ${line.to_status}`);
  /** What a worker writes in the journal of the run. */
  const begin = async (runId: string) => {
    const leases = leasesOn(current.database.db);
    opened.push(leases);
    const { db } = current.database;
    return journalsOn(db, { leases, box: await openBox(db, key) }).open(runId, async () =>
      started(runId, at(0).toISOString()),
    );
  };

  test('creates a job with its first run in the queue, and the log says who did what', async () => {
    const job = await newJob();
    const run = await lastRun(current.database.db, job.id);
    expect(run).toMatchObject({
      status: 'queued',
      trigger: 'created',
      summary: { job_name: 'VIP customers' },
    });
    expect(queued).toEqual([run?.id]);
    await (await begin(run!.id)).append(ended(at(1).toISOString()));
    const asleep = await doIt(1, job.id, { type: 'run_succeeded' });
    expect(asleep.state.status).toBe('sleeping');
    expect(await getJob(current.database.db, job.id)).toEqual(asleep);
    await doIt(5000, job.id, { type: 'wake' }, system);
    expect(queued).toHaveLength(2);
    expect(await log(job.id)).toEqual([
      'create: null → runnable',
      'run_succeeded: runnable → sleeping',
      'wake: sleeping → runnable',
    ]);
    expect(await listTransitions(current.database.db, job.id, 1)).toMatchObject([
      {
        actor: 'Lineup',
        run_id: queued[1],
        reason: expect.stringMatching(/scheduled times passed while the service was down/),
      },
    ]);
  });

  test('that is refused changes nothing', async () => {
    const job = await newJob();
    await expect(doIt(1, job.id, { type: 'restart' })).rejects.toMatchObject({ code: 'action_not_allowed' });
    await expect(doIt(1, 'job_none', { type: 'pause' })).rejects.toMatchObject({ code: 'not_found' });
    expect(await log(job.id)).toEqual(['create: null → runnable']);
    expect(queued).toHaveLength(1);
  });

  test('sees the result of another action at the same time', async () => {
    const job = await newJob();
    await doIt(1, job.id, { type: 'stop_run' });
    const both = await Promise.allSettled([doIt(2, job.id, { type: 'run_now' }), doIt(3, job.id, { type: 'run_now' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await listRuns(current.database.db, { limit: 9 })).items).toHaveLength(2);
  });

  test('pause stops the run, and resume continues it; after a stop, the next run is new', async () => {
    const { db } = current.database;
    const job = await newJob();
    const runId = queued[0]!;
    const journal = await begin(runId);
    await doIt(1, job.id, { type: 'pause' });
    expect(await getRun(db, runId)).toMatchObject({ status: 'running', stopRequested: 'pause' });
    await journal.append(ended(at(2).toISOString(), 'interrupted'));
    await doIt(2, job.id, { type: 'run_interrupted' });
    await doIt(3, job.id, { type: 'resume' });
    expect(queued).toEqual([runId, runId]);
    expect(await getRun(db, runId)).toMatchObject({ status: 'queued', stopRequested: null });

    await doIt(4, job.id, { type: 'stop_run' });
    expect((await getRun(db, runId)).status).toBe('stopped');
    await doIt(5, job.id, { type: 'run_now' });
    expect(queued).toHaveLength(3);
    expect(queued[2]).not.toBe(runId);
  });

  test('cannot start a run while another is still stopping', async () => {
    const job = await newJob();
    const journal = await begin(queued[0]!);
    await doIt(1, job.id, { type: 'stop_run' });
    await expect(doIt(2, job.id, { type: 'run_now' })).rejects.toMatchObject({
      code: 'action_not_allowed',
      retryable: true,
    });
    await journal.append(ended(at(3).toISOString(), 'interrupted'));
    await doIt(3, job.id, { type: 'run_interrupted' });
    expect((await getRun(current.database.db, queued[0]!)).status).toBe('stopped');
    await doIt(4, job.id, { type: 'run_now' });
    expect(queued).toHaveLength(2);
  });

  test('retry continues a run that can be continued', async () => {
    const job = await newJob();
    const journal = await begin(queued[0]!);
    const error = { code: 'line_unreachable', message: 'Away.', reason: null, retryable: true };
    await journal.append({
      type: 'ended',
      at: at(1).toISOString(),
      status: 'failed',
      error: { ...error, resumable: true, allowShrinkTo: null },
    });
    const failed = await doIt(1, job.id, { type: 'run_failed', error });
    expect(failed.state).toMatchObject({ status: 'sleeping', sleepUntil: at(2), errors: { count: 1 } });
    await doIt(2, job.id, { type: 'wake' });
    expect(queued).toEqual([queued[0], queued[0]]);
    expect((await listTransitions(current.database.db, job.id, 9))[1]).toMatchObject({
      action: 'run_failed',
      reason: 'Away.',
    });
  });
});

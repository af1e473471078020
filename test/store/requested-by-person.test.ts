/** Who requested a run, from the log of its job. */
import { beforeEach, describe, expect, test } from 'vitest';
import { system } from '../../src/domain/people/people.ts';
import { QUEUING_ACTIONS, wasRequestedByPerson } from '../../src/store/repositories/job-transitions.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { storeOn } from '../support/journals.ts';
import { anAuthorization, newKey, openBox } from '../support/service.ts';
import { makeJob, recordTransition } from '../support/stored-runs.ts';

describe.each(databases)('a run on $kind was requested', (kind) => {
  const database = useDatabase(kind);
  const key = newKey();
  let authorizationId = '';
  beforeEach(async () => {
    const { db } = database.database;
    authorizationId = (await anAuthorization(db, await openBox(db, key))).id;
  });
  const byPerson = (runId: string) => wasRequestedByPerson(database.database.db, runId);

  test.each(QUEUING_ACTIONS)('by the actor of %s', async (action) => {
    const store = storeOn(database.database.db);
    const { id } = await makeJob(store, authorizationId);
    await recordTransition(store, id, action, { runId: 'r1' });
    await recordTransition(store, id, action, { runId: 'r2', actor: system });
    for (const later of ['edit', 'pause', 'run_failed', 'late']) {
      await recordTransition(store, id, later, { runId: 'r1', actor: system });
      await recordTransition(store, id, later, { runId: 'r2' });
    }
    expect(await byPerson('r1')).toBe(true);
    expect(await byPerson('r2')).toBe(false);
  });

  test('by whoever did it last, as long as its job has a log', async () => {
    const store = storeOn(database.database.db);
    const [job, kept] = [await makeJob(store, authorizationId), await makeJob(store, authorizationId)];
    expect(await byPerson('r1')).toBe(false);
    await recordTransition(store, job.id, 'run_now', { runId: 'r1' });
    await recordTransition(store, job.id, 'run_failed', { runId: 'r1', actor: system, condition: 'retrying' });
    await recordTransition(store, kept.id, 'run_now', { runId: 'r2' });
    expect(await byPerson('r1')).toBe(true);
    await recordTransition(store, job.id, 'wake', { runId: 'r1', actor: system });
    expect(await byPerson('r1')).toBe(false);
    await recordTransition(store, job.id, 'run_now', { runId: 'r1' });
    await store.transaction((tx) => tx.deleteJob(job.id));
    expect(await byPerson('r1')).toBe(false);
    expect(await byPerson('r2')).toBe(true);
  });
});

/** What the request of a run keeps of its surroundings. */
import { describe, expect, test } from 'vitest';
import { newAuthorization } from '../../src/contracts/authorizations.ts';
import { newJob } from '../../src/contracts/jobs.ts';
import { initialState } from '../../src/jobs/states.ts';
import { createAuthorization } from '../../src/store/repositories/authorizations.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import { runRequestOf } from '../../src/use-cases/execute-run.ts';
import { factsOfRun } from '../../src/use-cases/run-facts.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

describe.each(databases)('a run on $kind', (kind) => {
  const current = useDatabase(kind);
  const key = newKey();

  test.each([
    ['write', 'Mobile Device ID'],
    ['omit', undefined],
  ])('keeps the heading of its files, as the authorization has it: %s', async (column_headings, heading) => {
    const { db } = current.database;
    const box = await openBox(db, key);
    const about = { provider: 'ly_ads', method: 'ly_ads_application', label: 'LY' };
    const configuration = { client_id: 'app', client_secret: 'no-secret', column_headings };
    const { id } = await createAuthorization(db, box, newAuthorization.parse({ ...about, configuration }), aiko, at(0));
    const ids = { identifier_type: 'ifa', id_field: 'idfa', ifa_format: 'raw', ifa_kind: 'idfa', member_days: 30 };
    const input = newJob.parse({ ...aNewJob(id, ids), type: 'ly_ads_audience_export' });
    const job = await db.transaction().execute((tx) => createJob(tx, input, initialState, aiko, at(0)));
    const facts = await factsOfRun({ db, box, now: () => new Date() }, job.id);
    expect(facts).toMatchObject({ authorizationId: id, omitsHeadings: heading === undefined });
    const request = runRequestOf(job, facts);
    expect(request).toMatchObject({ destination: 'ly_ads', mode: 'append', kind: 'IDFA', memberDays: 30 });
    expect(request.heading).toBe(heading);
  });

  test('of a destination without headings does not read its authorization', async () => {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key));
    const job = await db.transaction().execute((tx) => createJob(tx, aNewJob(id), initialState, aiko, at(0)));
    const facts = await factsOfRun({ db, box: null as never, now: () => new Date() }, job.id);
    expect(facts).not.toHaveProperty('authorizationId');
    expect(runRequestOf(job, facts)).not.toHaveProperty('memberDays');
  });
});

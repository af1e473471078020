/** A new job takes over an audience that a job of a lost installation has created. */
import { describe, expect, test } from 'vitest';
import type { NewJob } from '../../src/contracts/jobs.ts';
import { members } from '../support/cli.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const atRest = ({ status }: { status: string }) => status !== 'runnable';

/** A service whose job has created VIP, and a second, younger one that talks to the same LINE. */
async function twoServices() {
  const lost = await serviceBench();
  const { id } = await lost.createJob({ segment_id: lost.write('vip.csv', members(9).csv) });
  const { audience_id } = await lost.waitForJob(id, atRest);
  const young = await serviceBench({ sameLine: lost.simulator });
  const segment_id = young.write('vip.csv', members(3).csv);
  const make = (configuration: object = {}, plain: Partial<NewJob> = {}, name = 'VIP') => {
    const job = {
      ...aNewJob(young.authorizationId, { segment_id, ...configuration }),
      name,
      audience_id,
      ...plain,
    };
    return young.service.jobs.create(job, aiko);
  };
  return { lost, young, make, audience: audience_id! };
}

describe('a new job', () => {
  test('adopts an audience; the guard compares with what LINE has of it, and the run replaces it', async () => {
    const { young, make, audience } = await twoServices();
    const before = young.simulator.inspect().audiences.map(({ id }) => id);
    const { value } = await make({ max_shrink: 0.5 });
    expect(value).toMatchObject({
      audience_id: audience,
      configuration: { audience_id: null, audience_name: 'VIP' },
    });
    const [entry] = (await young.service.auditLog.list({ limit: 1 })).items;
    expect(entry).toMatchObject({ action: 'job.create', detail: { adopted_audiences: [audience] } });
    // 9 members are at LINE, and 3 would stay: nobody has approved this.
    const stopped = await young.waitForJob(value.id, atRest);
    expect(stopped).toMatchObject({
      condition: 'needs_approval',
      approval: { audiences: [{ before: { size: 9, basis: 'upload_jobs' }, after: 3 }] },
    });
    const { configuration, revision } = stopped;
    const wider = { configuration: { ...configuration, max_shrink: 1 } };
    await young.service.jobs.change(value.id, revision, wider, aiko);
    await young.service.jobs.act(value.id, 'run_now', aiko);
    const done = await young.waitForJob(value.id, (job) => atRest(job) && job.condition === 'scheduled');
    expect([done.audience_id, done.last_run?.status]).toEqual([audience, 'succeeded']);
    expect(young.simulator.inspect().audiences.map(({ id }) => id)).toEqual(before);
  }, 120_000);

  test('refuses an audience that is not the one that its configuration says', async () => {
    const { make, audience } = await twoServices();
    const problems = async (...job: Parameters<typeof make>) => {
      const error = await make(...job).then(
        () => ({ fields: [] }),
        (failure: { fields: readonly { path: string; message: string }[] }) => failure,
      );
      return error.fields.map(({ path, message }) => `${path}: ${message}`);
    };
    expect(await problems({}, { audience_id: '999' })).toEqual(['audience_id: Ad account A1 has no audience 999.']);
    expect(await problems({ audience_name: 'Gold' })).toEqual([
      `audience_id: LINE’s audience ${audience} has the name "VIP", but the job fills "Gold". Correct the ID or the name.`,
    ]);
    expect(await problems({ identifier_type: 'phone', id_field: 'email' })).toEqual([
      expect.stringContaining('configuration.identifier_type: The audience "VIP" has the type HASHED_EMAIL_UPLOAD'),
    ]);
    expect(await problems({ audience_name: null, audience_id: audience })).toEqual([
      expect.stringMatching(/^audience_id: .*already gives its audience by ID/),
    ]);
    expect(await problems({}, { sibling_audience_ids: ['888'] })).toEqual([
      expect.stringMatching(/^sibling_audience_ids\.0: This identifier does not exist/),
    ]);
    await make();
    expect(await problems({}, {}, 'Another')).toEqual([
      expect.stringMatching(/^audience_id: The job "VIP" already updates this audience/),
    ]);
  }, 120_000);

  test('of two that are saved at the same time, only one adopts it', async () => {
    const { young, make } = await twoServices();
    const made = await Promise.allSettled([make({}, {}, 'One'), make({}, {}, 'Two')]);
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await young.service.jobs.list({ limit: 9 })).items).toHaveLength(1);
  }, 120_000);
});

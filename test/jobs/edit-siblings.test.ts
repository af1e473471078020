/** An edit of a job with further identifiers, checked under locks: no identifier gets a second audience. */
import { beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/contracts/event-log.ts';
import type { JobStore, JobTransaction, StoredJob, StoredRun } from '../../src/contracts/job-store.ts';
import { deliveriesAfter } from '../../src/domain/jobs/audiences.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { AudienceMadeMeanwhileError, edit } from '../../src/jobs/edit.ts';
import { aiko, at } from '../support/service.ts';
import { makeJob, queueRun } from '../support/stored-runs.ts';
import { stores } from '../support/stores.ts';

const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' };

describe.each(stores)('an edit of a job with further identifiers on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let job: StoredJob;
  beforeEach(async () => {
    store = (await current.open()).store;
    const { configuration } = await makeJob(store, await current.authorize());
    const siblings = [{ ...phone, audience_id: '2', audience_name: null }];
    job = await makeJob(store, await current.authorize(), {
      ...configuration,
      audience_name: null,
      audience_id: '1',
      siblings,
    });
    await queueRun(store, 'r1', job.id);
  });

  /** @param seen what the editor saw instead of the stored job */
  const change = (
    siblings: object[],
    { seen = {}, also = {} }: { seen?: Partial<StoredJob>; also?: Partial<JobTransaction> } = {},
  ) =>
    store.transaction((tx) => {
      const before = { ...job, ...seen };
      const configuration = jobConfiguration.parse({ ...job.configuration, siblings });
      const deliveries = deliveriesAfter(before, configuration, false);
      const context = { actor: aiko, now: at(1), retryLimitMs: 1, newRunId: () => 'r2', log: silentLog };
      return edit({ ...context, tx: { ...tx, ...also } }, { before, change: { configuration }, deliveries });
    });

  test('is checked again when a run has made an audience meanwhile', async () => {
    const seen = { siblingAudienceIds: [null] };
    await expect(change([phone], { seen })).rejects.toThrow(AudienceMadeMeanwhileError);
    expect(await store.getJob(job.id)).toMatchObject({ revision: 1, siblingAudienceIds: ['2'] });
  });

  test('stores the audience of each identifier, in their order', async () => {
    const chosen = { ...phone, audience_name: null, audience_id: '3', id_field: 'home' };
    await change([chosen, { ...phone, audience_name: null, audience_id: '2' }]);
    expect(await store.getJob(job.id)).toMatchObject({ audienceId: '1', siblingAudienceIds: ['3', '2'] });
  });

  test.each([
    ['another field', [{ ...phone, id_field: 'home', audience_name: null, audience_id: '2' }], true],
    ['another audience', [{ ...phone, audience_name: null, audience_id: '3' }], true],
    [
      'one identifier more',
      [
        { ...phone, audience_name: null, audience_id: '2' },
        { ...phone, id_field: 'x' },
      ],
      true,
    ],
    ['one identifier less', [], true],
    ['an identifier that shares now', [{ identifier_type: 'phone', id_field: 'phone', shares: true }], true],
    ['the same identifiers', [{ ...phone, audience_name: null, audience_id: '2' }], false],
  ])('with %s decides whether a run of the old one may go on', async (_, siblings, forbids) => {
    const forbidden: string[] = [];
    await change(siblings, { also: { forbidContinuing: async (id) => void forbidden.push(id) } });
    expect(forbidden).toEqual(forbids ? ['r1'] : []);
  });

  describe('whose audience is not made yet', () => {
    beforeEach(async () => {
      await change([{ ...phone, id_field: 'mobile' }]);
      job = await store.getJob(job.id);
      expect(job.siblingAudienceIds).toEqual([null]);
    });
    const named = (audience_name: string) => [{ ...phone, id_field: 'mobile', audience_name }];

    test('keeps its name while a run makes it', async () => {
      const last = await store.lastRun(job.id);
      const also = { lastRun: async () => ({ ...last, status: 'running' }) as StoredRun };
      await expect(change(named('Phones'), { also })).rejects.toMatchObject({
        code: 'action_not_allowed',
        message: expect.stringContaining('is creating the audience "VIP (phone)"'),
      });
      await change(named('VIP (phone)'), { also });
      // Removing it makes no second audience.
      job = await store.getJob(job.id);
      await change([], { also });
    });

    test('keeps its name until LINE has said whether it has the audience', async () => {
      let asked: unknown;
      const also: Partial<JobTransaction> = {
        unansweredCreation: async (wanted) => {
          asked = wanted;
          return 'r1';
        },
      };
      await expect(change(named('Phones'), { also })).rejects.toMatchObject({
        code: 'action_not_allowed',
        message: expect.stringContaining('LINE did not answer run r1'),
      });
      expect(asked).toEqual({ jobId: job.id, adAccountId: 'A1', audienceName: 'VIP (phone)' });
      await change([{ ...phone, id_field: 'mobile', audience_name: null, audience_id: '7' }], { also });
      expect(await store.getJob(job.id)).toMatchObject({ siblingAudienceIds: ['7'] });
    });
  });

  test('an identifier that shares an audience is in no run’s way', async () => {
    const shares = { identifier_type: 'phone', id_field: 'phone', shares: true };
    await change([shares]);
    job = await store.getJob(job.id);
    expect(job.siblingAudienceIds).toEqual([null]);
    const last = await store.lastRun(job.id);
    const forbidden: string[] = [];
    const also: Partial<JobTransaction> = {
      lastRun: async () => ({ ...last, status: 'running' }) as StoredRun,
      forbidContinuing: async (id) => void forbidden.push(id),
    };
    await change([shares], { also });
    expect(forbidden).toEqual([]);
    job = await store.getJob(job.id);
    await change([phone], { also });
    expect(forbidden).toEqual(['r1']);
  });

  test('cannot take the audience of another job', async () => {
    const { configuration } = job;
    await makeJob(store, job.authorizationId, { ...configuration, siblings: [], audience_id: '9' });
    await expect(change([{ ...phone, audience_name: null, audience_id: '9', id_field: 'home' }])).rejects.toMatchObject(
      { fields: [{ path: 'configuration.siblings.0.audience_id' }] },
    );
  });
});

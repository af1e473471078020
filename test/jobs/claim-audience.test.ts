import { expect, test } from 'vitest';
import { deliveriesOfNew } from '../../src/domain/jobs/audiences.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { otherFillers } from '../../src/jobs/claim-audience.ts';

const sibling = (type: string, audience: object) => ({ identifier_type: type, id_field: type, ...audience });

test('each audience that another job fills is reported at its key', async () => {
  const claims = deliveriesOfNew({
    configuration: jobConfiguration.parse({
      segment_id: 'vip.csv',
      adaccount_id: 'A1',
      audience_id: '1',
      identifier_type: 'email',
      continuous_update: false,
      siblings: [
        sibling('phone', { audience_id: '2' }),
        sibling('ifa', { audience_name: 'VIP (ifa)' }),
        sibling('phone', { audience_id: '4', id_field: 'mobile' }),
      ],
    }),
  });
  const fillers = [
    { id: 'own', name: 'This job', audienceId: '1' },
    { id: 'a', name: 'Spring', audienceId: '2' },
    { id: 'b', name: 'Summer', audienceId: '4' },
  ];
  let asked: readonly string[] = [];
  const store = {
    jobsOfAudiences: async (ids: readonly string[]) => {
      asked = ids;
      return fillers;
    },
  };
  expect(await otherFillers(store, claims, 'own')).toMatchObject([
    { path: 'configuration.siblings.0.audience_id', message: expect.stringContaining('"Spring"') },
    { path: 'configuration.siblings.2.audience_id', message: expect.stringContaining('"Summer"') },
  ]);
  expect(asked).toEqual(['1', '2', '4']);
  expect(await otherFillers(store, claims, undefined)).toHaveLength(3);
});

/**
 * A job of a benchmark. Each has its own access key and ad account, because LINE's limits would decide the result
 * otherwise.
 */
import type { RunningService } from '../src/compose/service.ts';
import { newJob } from '../src/contracts/jobs.ts';
import type { Actor } from '../src/domain/people/people.ts';

export const somebody: Actor = { id: 'benchmark', name: 'Benchmark' };

export const authorizationOf = (label: string, accessKey: string) => ({
  provider: 'line_ads',
  method: 'line_ads_api_key',
  label,
  description: '',
  configuration: { access_key: accessKey, secret_key: 'an-invented-key' },
});

/** A daily export that fills the audience with the name of the job. */
export const jobOf = (name: string, authorizationId: string, account = 'A1', source = 'members.csv') =>
  newJob.parse({
    name,
    authorization_id: authorizationId,
    configuration: {
      segment_id: source,
      adaccount_id: account,
      audience_name: name,
      identifier_type: 'email',
      run_frequency: 'daily',
      time_of_day: '09:00',
      timezone: 'Asia/Tokyo',
    },
  });

export async function createJob(useCases: RunningService['useCases'], account: string, source: string): Promise<void> {
  const { value } = await useCases.authorizations.create(authorizationOf(account, `KEY${account}`), somebody);
  await useCases.jobs.create(jobOf(account, value.id, account, source), somebody);
}

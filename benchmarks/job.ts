/**
 * A job of a benchmark. Each has its own access key and ad account, because LINE's limits would decide the result
 * otherwise.
 */
import type { RunningService } from '../src/compose/service.ts';
import { newJob } from '../src/contracts/jobs.ts';
import type { Actor } from '../src/domain/people/people.ts';

export const somebody: Actor = { id: 'benchmark', name: 'Benchmark' };

export async function createJob(useCases: RunningService['useCases'], account: string, source: string): Promise<void> {
  const { value: authorization } = await useCases.authorizations.create(
    {
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label: account,
      description: '',
      configuration: { access_key: `KEY${account}`, secret_key: 'an-invented-key' },
    },
    somebody,
  );
  const input = newJob.parse({
    name: account,
    authorization_id: authorization.id,
    configuration: {
      segment_id: source,
      adaccount_id: account,
      audience_name: account,
      identifier_type: 'email',
      run_frequency: 'daily',
      time_of_day: '09:00',
      timezone: 'Asia/Tokyo',
    },
  });
  await useCases.jobs.create(input, somebody);
}

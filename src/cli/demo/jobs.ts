/** Jobs of the demo, as a person would save them. */
import type { JobView, NewJob } from '../../contracts/jobs.ts';
import type { UseCases } from '../../contracts/use-cases.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { suggestedName } from '../../domain/audiences/sibling-names.ts';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import { system } from '../../domain/people/people.ts';

/** A job that exports the e-mail addresses of an audience. @param authorizationId for LINE Ads */
export function job(
  name: string,
  authorizationId: string,
  audience: string,
  schedule: Pick<NewJob['configuration'], 'run_frequency'> & Partial<Pick<NewJob['configuration'], 'day_of_week'>>,
): NewJob {
  return {
    type: 'line_ads_audience_export',
    name,
    description: '',
    authorization_id: authorizationId,
    source_authorization_id: null,
    configuration: {
      segment_id: audience,
      adaccount_id: 'A1',
      audience_id: null,
      audience_name: name,
      identifier_type: 'email',
      id_field: 'email',
      continuous_update: true,
      day_of_week: null,
      time_of_day: '09:00',
      timezone: 'Asia/Tokyo',
      cron_expressions: null,
      default_country: null,
      ifa_format: 'sha256',
      max_shrink: 0.5,
      hold_out: null,
      siblings: [],
      suppression_lists: [],
      hash_in_database: false,
      ...schedule,
    },
  };
}

/** A further identifier of a campaign. */
export const sibling = (
  campaign: string,
  identifier_type: IdentifierType,
  id_field: string,
  default_country: string | null = null,
): NewJob['configuration']['siblings'][number] => ({
  identifier_type,
  id_field,
  audience_id: null,
  audience_name: suggestedName(campaign, identifier_type, lineAdsTraits.name.maxLength),
  default_country,
  ifa_format: 'sha256',
});

/** @returns the id */
export const create = async (useCases: UseCases, input: NewJob): Promise<string> =>
  (await useCases.jobs.create(input, system)).value.id;

/** The job when its newest run has ended. */
export async function endOf(useCases: UseCases, id: string): Promise<JobView> {
  const { last_run } = await useCases.jobs.get(id);
  if (last_run) {
    for await (const _ of await useCases.runs.watch(last_run.id, 0, AbortSignal.timeout(120_000))) {
      // Only wait for the end.
    }
  }
  for (;;) {
    const view = await useCases.jobs.get(id);
    if (view.status !== 'runnable') return view;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

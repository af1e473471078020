/** The upload jobs of a custom audience, newest first. */
import type { Reply } from '../../shared/reply.ts';
import { jobJson } from '../jobs.ts';
import type { Call } from '../world.ts';
import { adAccountOf, audienceOf } from './checks.ts';

export function listUploadJobs(call: Call): Reply {
  const account = adAccountOf(call);
  const audience = audienceOf(call, account, call.params.id!, 'id');
  const now = call.world.clock.time();
  const jobs = call.state.jobs(audience.id).toReversed();
  return { status: 200, json: { jobs: jobs.map((job) => jobJson(job, now, account.utcOffsetMinutes)) } };
}

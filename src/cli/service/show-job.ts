/** Jobs as a person reads them. */
import type { JobStatus, JobView } from '../../contracts/jobs.ts';
import { number, paint, safe, safeLines, table } from '../output.ts';

const labels = {
  runnable: ['Running', 'blue'],
  sleeping: ['Sleeping', 'green'],
  paused: ['Paused', 'yellow'],
  completed: ['Completed', 'green'],
  failed: ['Failed', 'red'],
  killed: ['Terminated', 'dim'],
} as const satisfies Record<JobStatus, readonly [string, string]>;

const time = (iso: string | null): string => (iso === null ? '–' : `${iso.slice(0, 16).replace('T', ' ')}Z`);
const sent = ({ last_run: run }: JobView): string => (run?.unique == null ? '–' : number(run.unique));

export const jobsTable = (jobs: readonly JobView[]): string =>
  table(
    [
      { title: 'Id' },
      { title: 'Name' },
      { title: 'Status' },
      { title: 'Next run' },
      { title: 'Last run' },
      { title: 'Members', right: true },
      { title: 'Audience' },
    ],
    jobs.map((job) => [
      job.id,
      job.name,
      labels[job.status][0],
      time(job.next_run_at),
      job.last_run ? `${job.last_run.status} ${time(job.last_run.ended_at ?? job.last_run.queued_at)}` : '–',
      sent(job),
      job.audience_id ?? job.configuration.audience_name ?? '',
    ]),
  );

export function describeJob(job: JobView): string {
  const { configuration: asked, last_run: run } = job;
  const [status, colour] = labels[job.status];
  const lines: [string, string][] = [
    ['Job', job.id],
    [
      'From',
      `${asked.segment_id} of ${job.source_label ?? 'files'}, field ${asked.id_field} (${asked.identifier_type})`,
    ],
    ['To', `ad account ${asked.adaccount_id}, audience ${audienceOf(job)}, by "${job.authorization_label}"`],
    ...(job.tags.length > 0 ? [['Tags', job.tags.join(', ')] as [string, string]] : []),
    ['Runs', scheduleOf(job)],
    ['Next run', time(job.next_run_at)],
    ['Last run', run ? `${run.id}, ${run.status}, ${sent(job)} members` : '–'],
    ...(job.error ? [['Error', job.error.message] as [string, string]] : []),
  ];
  return [
    `${paint('bold', safe(job.name))} · ${paint(colour, status)}`,
    ...(job.description ? [safeLines(job.description)] : []),
    ...lines.map(([title, text]) => `${paint('dim', title.padEnd(9))} ${safe(text)}`),
  ].join('\n');
}

const audienceOf = ({ audience_id, configuration }: JobView): string =>
  [audience_id, configuration.audience_name && `"${configuration.audience_name}"`].filter(Boolean).join(' ');

function scheduleOf({ configuration }: JobView): string {
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone } = configuration;
  if (!continuous_update) return 'once';
  const day =
    run_frequency === 'monthly' ? `on the first ${day_of_week}` : day_of_week && `on ${day_of_week}`;
  return [run_frequency, day, `at ${time_of_day}`, timezone].filter(Boolean).join(' ');
}

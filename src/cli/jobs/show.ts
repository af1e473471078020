/** Jobs as text for people. */
import { calledAs } from '../../config/environment.ts';
import type { JobView } from '../../contracts/jobs.ts';
import type { SuppressionList } from '../../domain/audiences/suppression-lists.ts';
import { accountWordOfJob, ownerOfJob } from '../../domain/destinations/index.ts';
import type { FileOptions } from '../../domain/files/file-options.ts';
import type { JobCondition } from '../../domain/jobs/conditions.ts';
import { isHidden } from '../../domain/runs/hidden-turnover.ts';
import type { Turnover } from '../../domain/runs/turnover.ts';
import { describeRules } from '../alert-flags.ts';
import { moment, number, paint, safe, safeLines, table } from '../output.ts';
import { turnoverText } from '../report.ts';
import { describeTrigger, lookLines } from './triggers/index.ts';

export const noJobs = (): string => `No jobs yet. "${calledAs()} jobs create --help" shows how to make the first one.`;

export const labels = {
  running: ['Running', 'blue'],
  scheduled: ['Scheduled', 'green'],
  retrying: ['Retrying', 'yellow'],
  waiting: ['Waiting', 'yellow'],
  needs_approval: ['Needs approval', 'yellow'],
  paused: ['Paused', 'yellow'],
  completed: ['Completed', 'green'],
  failed: ['Failed', 'red'],
  terminated: ['Terminated', 'dim'],
} as const satisfies Record<JobCondition, readonly [string, string]>;

/** What the destination holds after the latest successful run, or the part that a later run has sent. */
function held({ incomplete_at_line: part, recent_sizes: sizes }: JobView): string {
  if (part) return `${number(part.sent)} of ${number(part.total)}`;
  const last = sizes.at(-1);
  return last === undefined ? '–' : number(last);
}

/** Characters of an error message in a table: enough to recognise it. */
const ERROR_LENGTH = 60;

const shortened = (text: string): string => (text.length > ERROR_LENGTH ? `${text.slice(0, ERROR_LENGTH - 1)}…` : text);

/** "Retrying, 3rd try in 4 min". */
function stateOf(job: JobView, now: Date): string {
  const label = labels[job.condition][0];
  if (job.condition !== 'retrying' || job.next_run_at === null) return label;
  return `${label}, ${ordinal(job.error_count + 1)} try ${fromNow(job.next_run_at, now)}`;
}

const suffixes: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };
const ordinal = (n: number): string =>
  `${n}${suffixes[new Intl.PluralRules('en', { type: 'ordinal' }).select(n)] ?? 'th'}`;

function fromNow(iso: string, now: Date): string {
  const minutes = Math.ceil((Date.parse(iso) - now.getTime()) / 60_000);
  if (minutes <= 0) return 'now';
  if (minutes < 60) return `in ${minutes} min`;
  return minutes < 48 * 60 ? `in ${Math.round(minutes / 60)} h` : `on ${moment(iso)}`;
}

const incompleteText = ({ type }: JobView): string => `Incomplete at ${ownerOfJob(type)}`;

/** A time, or what starts it. */
const nextRun = ({ next_run_at: at, runs_when: when }: JobView): string =>
  at === null && when ? when.message : moment(at);

function statusCell(job: JobView, now: Date): string {
  const why = job.condition !== 'running' && job.error ? `: ${shortened(job.error.message)}` : '';
  return `${job.damaged ? 'Damaged · ' : ''}${job.incomplete_at_line ? `${incompleteText(job)} · ` : ''}${stateOf(job, now)}${why}`;
}

export const jobsTable = (jobs: readonly JobView[], now: Date): string =>
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
      statusCell(job, now),
      nextRun(job),
      job.last_run ? `${job.last_run.status} ${moment(job.last_run.ended_at ?? job.last_run.queued_at)}` : '–',
      held(job),
      job.parts
        ? `${number(job.parts.total)} audiences`
        : `${job.audience_id ?? job.configuration.audience_name ?? ''}${more(job)}`,
    ]),
  );

/** How many of the next times of a custom schedule are shown. */
export const NEXT_TIMES = 5;

/** The schedule as the service explains it; null for a plain one, which needs no explanation. */
export type SchedulePreview = { readonly times: readonly string[]; readonly words: readonly string[] } | null;

export function describeJob(
  job: JobView,
  now: Date,
  preview: SchedulePreview = null,
  lists: readonly SuppressionList[] = [],
): string {
  const { configuration: asked, last_run: run } = job;
  const [, colour] = labels[job.condition];
  const part = job.incomplete_at_line;
  const lines: [string, string][] = [
    ['Job', job.id],
    [
      'From',
      `${asked.segment_id} of ${job.source_label ?? 'files'}, field ${asked.id_field} (${asked.identifier_type})`,
    ],
    ...readAs(asked.file_options),
    [
      'To',
      `${accountWordOfJob(job.type)} ${asked.adaccount_id}${asked.split ? '' : `, audience ${audienceOf(job)}`}, by "${job.authorization_label}"`,
    ],
    ...partLines(job),
    ...siblingsOf(job),
    ...lists.map((list, index): [string, string] => [index === 0 ? 'Keeps out' : '', keptOutBy(list, job)]),
    ...(lists.length > 0 && job.longest_stay_days !== null
      ? [
          ['', `whoever is put on a list stays in the audience for up to ${number(job.longest_stay_days)} days`] as [
            string,
            string,
          ],
        ]
      : []),
    ...(job.tags.length > 0 ? [['Tags', job.tags.join(', ')] as [string, string]] : []),
    ['Runs', describeSchedule(job)],
    ...(asked.member_days === undefined ? [] : [leavesAfter(asked.member_days, job)]),
    ...explain(job, preview),
    ...lookLines(job),
    ...heldOut(job),
    ...(asked.hash_in_database ? [['Hashed', 'in the database of the source'] as [string, string]] : []),
    ...movesOf(job),
    ...(job.awaited_by ? [['Then runs', awaitersOf(job.awaited_by)] as [string, string]] : []),
    ['Next run', nextRun(job)],
    ['Last run', run ? lastRunText(run) : '–'],
    [
      `At ${ownerOfJob(job.type)}`,
      part ? `incomplete: ${held(job)} members, by run ${part.run_id}` : `${held(job)} members`,
    ],
    ...(job.runs_empty_at ? [['Empty', emptyText(job.runs_empty_at, now)] as [string, string]] : []),
    ...renewalOf(job),
    ...(asked.alerts ? [['Rules', describeRules(asked.alerts).join(' ')] as [string, string]] : []),
    ...(job.open_alerts > 0
      ? [['Alerts', `${number(job.open_alerts)} open, see "${calledAs()} alerts list --open"`] as [string, string]]
      : []),
    ...job.warnings.map(({ message }): [string, string] => ['Warning', message]),
    ...(job.error ? [['Error', job.error.message] as [string, string]] : []),
    ...(job.damaged ? [['Damaged', job.damaged.join(', ')] as [string, string]] : []),
  ];
  return [
    `${paint('bold', safe(job.name))} · ${paint(colour, stateOf(job, now))}${part ? ` · ${paint('red', incompleteText(job))}` : ''}`,
    ...(job.description ? [safeLines(job.description)] : []),
    ...lines.map(([title, text]) => `${paint('dim', title.padEnd(9))} ${safe(text)}`),
  ].join('\n');
}

/** The jobs at other destinations that it was before, and that it became. */
const movesOf = ({ moved_from: before, moved_to: after }: JobView): [string, string][] => [
  ...(before
    ? [['Was', `"${before.name}"${before.exists ? '' : ', deleted'} (${before.id})`] as [string, string]]
    : []),
  ...after.map(({ id, name }): [string, string] => ['Moved to', `"${name}" (${id})`]),
];

/** The jobs that run after it. */
function awaitersOf({ count, jobs }: NonNullable<JobView['awaited_by']>): string {
  const named = jobs.map(({ id, name }) => `"${name}" (${id})`).join(', ');
  return count > jobs.length ? `${named} and ${number(count - jobs.length)} more` : named;
}

/** When all members have left a list, where they leave by age. */
const joinedText = (turnover: Turnover): string =>
  isHidden(turnover) ? `who joined and left is ${turnoverText(turnover)}` : turnoverText(turnover);

const lastRunText = ({ id, status, unique, turnover }: NonNullable<JobView['last_run']>): string =>
  [id, status, `${unique === null ? '–' : number(unique)} members${turnover ? ` (${joinedText(turnover)})` : ''}`].join(
    ', ',
  );

const emptyText = (at: string, now: Date): string =>
  Date.parse(at) <= now.getTime()
    ? `since ${moment(at)}: all members have left the list`
    : `at ${moment(at)}, if no run sends the members again`;

/** The audiences of a split job, or the job that this one is a part of. */
function partLines({ id, configuration: { split }, parts, part_of: part }: JobView): [string, string][] {
  if (part) {
    const missing = part.is_in_last_scan ? '' : '; the last scan had no such value, so it does not run';
    return [['Part of', `"${part.name}" (${part.id}), value "${part.value}"${missing}`]];
  }
  if (!split) return [];
  const { total = 0, missing = 0 } = parts ?? {};
  const refusal = split.on_refusal === 'all' ? 'all audiences' : 'only its audience';
  return [
    ['Audience', `one for each value of "${split.column}", named "${split.name_template}"; a refusal stops ${refusal}`],
    [
      'Parts',
      `${number(total)}${missing > 0 ? `, ${number(missing)} not in the last scan` : ''}, see "${calledAs()} jobs parts ${id}"`,
    ],
  ];
}

function keptOutBy({ name, fields, applies_to }: SuppressionList, { configuration }: JobView): string {
  const types = new Set([configuration, ...configuration.siblings].map((delivery) => delivery.identifier_type));
  const without = [...types].filter((type) => fields[type] === undefined).join(', ');
  const who = `members of "${name}"${applies_to === 'all_jobs' ? ' (of all jobs)' : ''}`;
  if (without === '') return who;
  const why = `"${name}" has no field for the type ${without}`;
  return [...types].some((type) => fields[type] !== undefined) ? `${who}, but ${why}` : `nobody: ${why}`;
}

const readAs = (options: FileOptions = {}): [string, string][] => {
  const chosen = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return chosen.length > 0 ? [['Read with', chosen.join(', ')]] : [];
};

const heldOut = ({ configuration: { hold_out } }: JobView): [string, string][] =>
  hold_out ? [['Holds out', `${hold_out.share} % of the members, experiment "${hold_out.experiment}"`]] : [];

function explain({ configuration }: JobView, preview: SchedulePreview): [string, string][] {
  if (!preview) return [];
  const expressions = configuration.cron_expressions ?? [];
  return [
    ...expressions.map((expression, index): [string, string] => ['', `${expression}: ${preview.words[index] ?? ''}`]),
    ['Times', preview.times.map(moment).join(', ')],
  ];
}

const audienceOf = ({ audience_id, configuration }: JobView): string =>
  audienceText(audience_id, configuration.audience_name);

const audienceText = (id: string | null | undefined, name: string | null): string =>
  [id, name && `"${name}"`].filter(Boolean).join(' ');

/** The further identifiers, one a line. */
const siblingsOf = (job: JobView): [string, string][] =>
  job.configuration.siblings.map(({ id_field, identifier_type, audience_name, shares }, n) => {
    const audience = shares ? audienceOf(job) : audienceText(job.sibling_audience_ids[n], audience_name);
    return [n === 0 ? 'Also' : '', `field ${id_field} (${identifier_type}), to audience ${audience}`];
  });

/** " +2" for two further audiences. */
const more = ({ configuration: { siblings } }: JobView): string => (siblings.length > 0 ? ` +${siblings.length}` : '');

/** When its audience is renewed, and which ones were. */
const renewalOf = ({ renewal, renewed }: JobView): [string, string][] => [
  ...(renewal
    ? ([
        [
          'Ends',
          `audience ${renewal.audience_id} at ${moment(renewal.ends_at)}, renewed at ${moment(renewal.planned_at)}`,
        ],
        ...(renewal.is_near ? [['', renewal.message]] : []),
      ] as [string, string][])
    : []),
  ...renewed.map(({ at, old_id, new_id, run_id }): [string, string] => [
    'Renewed',
    `audience ${old_id} by ${new_id} at ${moment(at)}, by run ${run_id}: change the campaigns that use the old one`,
  ]),
];

const leavesAfter = (days: number, { runs_empty_at: empty }: JobView): [string, string] => [
  'Members',
  `leave ${days} days after the last run that sends them${empty === null ? '' : `; without a further run, the last ones at ${moment(empty)}`}`,
];

function describeSchedule(job: JobView): string {
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone } = job.configuration;
  if (!continuous_update) return 'once';
  const trigger = describeTrigger(job);
  if (trigger) return trigger;
  if (run_frequency === 'custom') return `at the times of cron expressions, ${timezone}`;
  const day = run_frequency === 'monthly' ? `on the first ${day_of_week}` : day_of_week && `on ${day_of_week}`;
  return [run_frequency, day, `at ${time_of_day}`, timezone].filter(Boolean).join(' ');
}

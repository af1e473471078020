/** Suppression lists as text for people. */
import type { ListRefusal, SuppressionList, SuppressionListView } from '../../domain/audiences/suppression-lists.ts';
import { moment, number, paint, safe, safeLines, signedPercent, table } from '../output.ts';

const jobsOf = ({ applies_to, job_count }: SuppressionList): string =>
  `${applies_to === 'all_jobs' ? 'all jobs' : 'jobs that choose it'}: ${number(job_count)}`;

const sizeOf = ({ reads }: SuppressionList): string =>
  reads.map(({ identifier_type, size }) => `${identifier_type} ${number(size)}`).join(', ') || '–';

const lastRead = ({ reads }: SuppressionList): string => {
  const last = reads
    .map(({ read_at }) => read_at)
    .toSorted()
    .at(-1);
  return moment(last ?? null);
};

export const listsTable = (lists: readonly SuppressionList[]): string =>
  table(
    [{ title: 'Id' }, { title: 'Name' }, { title: 'Applies to' }, { title: 'Members' }, { title: 'Last read' }],
    lists.map((list) => [list.id, list.name, jobsOf(list), sizeOf(list), lastRead(list)]),
  );

/** How a list has shrunk since it was read. */
export const describeRefusals = ({ name, refusals }: SuppressionList): string =>
  [
    `${paint('bold', safe(name))} has shrunk. The next run may find so many, and up to 2 % less:`,
    ...refusals.filter(({ accepted }) => !accepted).map((refusal) => `- ${describeRefusal(refusal)}`),
  ].join('\n');

function describeRefusal({ identifier_type, job_id, job_name, before, after }: ListRefusal): string {
  const subject = job_id === null ? 'members of the list' : `members kept out of "${safe(job_name ?? job_id)}"`;
  return `${identifier_type}, ${subject}: ${number(before)} → ${number(after)} (${signedPercent((after - before) / Math.max(1, before))})`;
}

/** Where members leave by age. */
const stay = (days: number): string =>
  `whoever is put on the list is not sent any more, but stays in audiences for up to ${number(days)} days`;

export function describeList(list: SuppressionListView): string {
  const fields = Object.entries(list.fields).map(([type, field]) => `${field} (${type})`);
  const options = Object.entries(list.file_options ?? {}).map(([name, value]) => `${name} ${value}`);
  const lines: [string, string][] = [
    ['List', list.id],
    ['From', `${list.segment_id} of ${list.source_label ?? 'files'}, field ${fields.join(', ')}`],
    ...(options.length > 0 ? [['Read with', options.join(', ')] as [string, string]] : []),
    ['For', jobsOf(list)],
    ['Shrinks', `a run stops when the list loses more than ${Math.round(list.max_shrink * 1000) / 10} %`],
    ...(list.longest_stay_days === null ? [] : [['Stay', stay(list.longest_stay_days)] as [string, string]]),
    ['Members', sizeOf(list)],
    ['Last read', lastRead(list)],
  ];
  const text = [
    paint('bold', safe(list.name)),
    ...(list.description ? [safeLines(list.description)] : []),
    ...lines.map(([title, value]) => `${paint('dim', title.padEnd(9))} ${safe(value)}`),
  ];
  if (list.jobs.length === 0) return text.join('\n');
  const jobs = table(
    [
      { title: 'Job' },
      { title: 'Type' },
      { title: 'Kept out', right: true },
      { title: 'Stay', right: true },
      { title: 'At' },
    ],
    list.jobs.map((job) => [
      job.name,
      job.has_field ? job.identifier_type : `${job.identifier_type} (no field)`,
      job.kept_out === null ? '–' : number(job.kept_out),
      job.member_days === null ? '–' : `${number(job.member_days)} days`,
      moment(job.at),
    ]),
  );
  const further = list.job_count - list.jobs.length;
  return [...text, '', jobs, ...(further > 0 ? [`and ${number(further)} further jobs`] : [])].join('\n');
}

/** What the list of jobs shows, from all rows and the address: searched, filtered, sorted and grouped. Pure. */
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import type { JobCondition } from '../../../src/domain/jobs/conditions.ts';
import { defaultOrder, type JobSort, jobSorts, type SortOrder } from '../../../src/domain/jobs/lists.ts';
import { grouped } from '../../lib/grouped.ts';
import { INCOMPLETE, type JobsFilter } from '../../lib/jobs-filter.ts';
import { hasWords, simplified, wordsOf } from '../../lib/matching-words.ts';

export const groupings = ['tag', 'status'] as const;
export type Grouping = (typeof groupings)[number];

/** A row of a group, or the heading of one. A job with two tags has a line in two groups. */
export type Line =
  | { readonly kind: 'job'; readonly key: string; readonly row: JobRow }
  | {
      readonly kind: 'group';
      readonly key: string;
      /** A tag or a condition; empty for jobs without a tag. */
      readonly name: string;
      readonly rows: readonly JobRow[];
      readonly isFolded: boolean;
    };

/** The order, as the address says it or as it is without. */
export function orderOf({ sort: wanted, order }: JobsFilter): { readonly sort: JobSort; readonly order: SortOrder } {
  const sort = jobSorts.find((offered) => offered === wanted) ?? 'created';
  return { sort, order: order === 'asc' || order === 'desc' ? order : defaultOrder(sort) };
}

export const sizeOf = ({ recent_sizes }: JobRow): number | undefined => recent_sizes.at(-1);

/** How the size has changed since the run before, as a share; undefined without one, or when it is the same. */
export function changeOf({ recent_sizes }: JobRow): number | undefined {
  const [before, now] = recent_sizes.slice(-2);
  if (!before || now === undefined) return undefined;
  const change = (now - before) / before;
  // What would be shown as 0 %.
  return Math.abs(change) < 0.001 ? undefined : change;
}

const keys: { readonly [sort in Exclude<JobSort, 'created'>]: (row: JobRow) => string | number | undefined } = {
  name: ({ name }) => name.toLowerCase(),
  next_run: ({ next_run_at }) => next_run_at ?? undefined,
  last_run: ({ last_run }) => last_run?.at,
  size: sizeOf,
};

/** As the server sorts: jobs without a value come last. @param rows newest first */
export function sorted(rows: readonly JobRow[], sort: JobSort, order: SortOrder): readonly JobRow[] {
  if (sort === 'created') return order === 'desc' ? rows : rows.toReversed();
  const direction = order === 'asc' ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: keys[sort](row) }));
  keyed.sort((a, b) => {
    if (a.key !== b.key) {
      if (a.key === undefined) return 1;
      if (b.key === undefined) return -1;
      return (a.key < b.key ? -1 : 1) * direction;
    }
    return (a.row.id < b.row.id ? -1 : 1) * direction;
  });
  return keyed.map(({ row }) => row);
}

/** The text in which a row is searched. A row that has not changed stays the same object. */
const texts = new WeakMap<JobRow, string>();

function textOf(row: JobRow): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const { name, source_label, adaccount_id, tags, found_by } = row;
  const text = simplified([name, source_label, adaccount_id, ...tags, ...found_by].join('\n'));
  texts.set(row, text);
  return text;
}

export function filtered(
  rows: readonly JobRow[],
  { condition, search = '', tag }: Pick<JobsFilter, 'condition' | 'search' | 'tag'>,
): readonly JobRow[] {
  const words = wordsOf(search);
  if (words.length === 0 && !condition && tag === undefined) return rows;
  return rows.filter(
    (row) =>
      (!condition || (condition === INCOMPLETE ? row.incomplete_at_line !== null : row.condition === condition)) &&
      (tag === undefined || row.tags.includes(tag)) &&
      hasWords(textOf(row), words),
  );
}

/** What asks for attention comes first. */
const conditions: readonly JobCondition[] = [
  'needs_approval',
  'failed',
  'waiting',
  'retrying',
  'running',
  'paused',
  'scheduled',
  'completed',
  'terminated',
];

export const conditionOrder = (condition: JobCondition): number => conditions.indexOf(condition);

/** The lines of the list. @param folded the names of the groups that show only their headings */
export function linesOf(rows: readonly JobRow[], grouping?: Grouping, folded: readonly string[] = []): readonly Line[] {
  if (grouping === undefined) return rows.map((row) => ({ kind: 'job', key: row.id, row }));
  return groupsOf(rows, grouping).flatMap(([name, own]): Line[] => {
    const isFolded = folded.includes(name);
    const heading: Line = { kind: 'group', key: `group ${name}`, name, rows: own, isFolded };
    return isFolded
      ? [heading]
      : [heading, ...own.map((row): Line => ({ kind: 'job', key: `${name} ${row.id}`, row }))];
  });
}

function groupsOf(rows: readonly JobRow[], grouping: Grouping): [name: string, rows: JobRow[]][] {
  const placed = rows.flatMap((row) => namesOf(row, grouping).map((name) => ({ name, row })));
  const groups = [...grouped(placed, ({ name }) => name)].map(([name, own]): [string, JobRow[]] => [
    name,
    own.map(({ row }) => row),
  ]);
  const placeOf = (name: string) => (conditions as readonly string[]).indexOf(name);
  return groups.sort(([a], [b]) => {
    if (grouping === 'status') return placeOf(a) - placeOf(b);
    // Jobs without a tag come last.
    if (a === '' || b === '') return a === '' ? 1 : -1;
    return a.localeCompare(b);
  });
}

const namesOf = ({ condition, tags }: JobRow, grouping: Grouping): readonly string[] => {
  if (grouping === 'status') return [condition];
  return tags.length > 0 ? tags : [''];
};

/** Names of groups in the address. Tags have no comma. */
export const foldedIn = (text: string | undefined): readonly string[] => text?.split(',').slice(1) ?? [];

/** @returns undefined for none, so that the address stays short */
export function withFolded(text: string | undefined, name: string, isFolded: boolean): string | undefined {
  const others = foldedIn(text).filter((other) => other !== name);
  const all = isFolded ? [...others, name] : others;
  return all.length > 0 ? ['', ...all].join(',') : undefined;
}

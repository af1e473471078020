/** How people find a job in a long list: its tags, and the order. */
import { z } from 'zod';
import { issueText } from '../text/sentence.ts';
import { plainLine } from '../values/bounds.ts';

/** Sort keys of a list of jobs. Jobs without a value come last. */
export const jobSorts = ['created', 'name', 'next_run', 'last_run', 'size'] as const;
export type JobSort = (typeof jobSorts)[number];

export const sortOrders = ['asc', 'desc'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** The default order of a sort key: names from A to Z, the next run first, otherwise the newest or largest first. */
export const defaultOrder = (sort: JobSort): SortOrder => (sort === 'name' || sort === 'next_run' ? 'asc' : 'desc');

/** The most jobs that one list has, and that one request changes. */
export const MAX_ROWS = 2_000;

export const MAX_TAGS = 10;
export const MAX_TAG = 30;

export const tag = plainLine(issueText`Enter a tag.`).max(MAX_TAG);

/** Labels for finding jobs. They contain no comma, because commas separate tags in a list. */
export const tags = z
  .array(tag.regex(/^[^,]*$/, issueText`A tag must not contain a comma.`))
  .max(MAX_TAGS)
  .refine(
    (all) => new Set(all.map((text) => text.toLowerCase())).size === all.length,
    issueText`The same tag is in the list twice.`,
  );

/** The tags of a job after some were added and removed. Capital and small letters are the same tag. */
export function changedTags(now: readonly string[], added: readonly string[], removed: readonly string[]): string[] {
  const among = (some: readonly string[], text: string) =>
    some.some((other) => other.toLowerCase() === text.toLowerCase());
  const kept = now.filter((text) => !among(removed, text));
  return [...kept, ...added.filter((text) => !among(kept, text))];
}

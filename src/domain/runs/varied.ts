/**
 * Whether two runs of an audience were asked for the same members. A person who may change a job can write a query for
 * one member: with nine invented ones beside it, ten join, or fewer than ten. So who joins and who leaves is told to
 * everybody but administrators only while nothing of what decides who is read differs: the source and how it is read,
 * the field and its options, the hold-out and the suppression lists. The file of a part of a split job is another one
 * after each scan, so for a part the source is that of the scan which made the file.
 */
import { isDeepStrictEqual } from 'node:util';
import type { DividedSource, RunRequest, SuppressedBy } from './run.ts';
import { deliveriesOf, type RunState } from './run-state.ts';

type Asked = Pick<
  RunRequest,
  'source' | 'hashInDatabase' | 'holdOut' | 'field' | 'identifierType' | 'ifaFormat' | 'defaultCountry'
>;
type Lists = readonly Pick<SuppressedBy, 'id' | 'source'>[] | undefined;

/** @param then the run that it is compared with. Undefined when nobody can read what that was asked for */
export function isVaried(now: Asked, lists: Lists, then: RunState | undefined): boolean {
  const own = then && deliveriesOf(then).find(({ request }) => isDeepStrictEqual(readOf(request), readOf(now)));
  if (!own) return true;
  const [before, after] = [versionsOf(own.staged?.suppression), versionsOf(lists)];
  return [...before, ...after].some(({ source }) => source === undefined) || !isDeepStrictEqual(before, after);
}

/**
 * The source of a part.
 * @param scan the request of the run of its split job that has made its file
 */
export const dividedSource = (
  { source: { label: _, ...place }, split }: Pick<RunRequest, 'source' | 'split'>,
  value: string,
): DividedSource | undefined => split && { ...place, column: split.column, value };

const readOf = ({ source, hashInDatabase, holdOut, field, identifierType, ifaFormat, defaultCountry }: Asked) => ({
  ...placeOf(source.divided ?? source),
  hashInDatabase: hashInDatabase ?? false,
  holdOut: holdOut ?? null,
  field,
  identifierType,
  ifaFormat,
  defaultCountry,
});

const placeOf = (place: RunRequest['source'] | DividedSource) => ({
  location: place.location,
  format: place.format,
  encoding: place.encoding,
  delimiter: place.delimiter ?? null,
  header: place.header ?? null,
  revision: place.revision ?? null,
  part: 'value' in place ? [place.column, place.value] : null,
});

/** Which people each list had, as far as its source says it. */
const versionsOf = (lists: Lists) =>
  (lists ?? []).map(({ id, source }) => ({ id, source })).toSorted((a, b) => (a.id < b.id ? -1 : 1));

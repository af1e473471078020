/** The parts of every plan: what differs, and what is not possible. */
import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '../domain/errors/errors.ts';

export interface Change {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A step that is not possible; `path` is its place in the file. */
export interface Problem extends Pick<FieldError, 'message'> {
  readonly path: readonly (string | number)[];
}

/** A missing key counts as null. */
export function changesBetween(before: Record<string, unknown>, after: Record<string, unknown>): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isDeepStrictEqual(before[key] ?? null, after[key] ?? null))
    .map((key) => ({ key, before: before[key] ?? null, after: after[key] ?? null }));
}

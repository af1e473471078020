/** Failures of single fields, as the API tells them. */
import { ApiError } from '../api/client.ts';

/** What the API says of each field, by its path (keys joined with dots). */
export function fieldErrors(error: Error | null): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(error.fields.map(({ path, message }) => [path, message]));
}

/** Whether a failure says something beyond what is shown at fields on the page. */
export const concernsWhole = (error: Error | null, shown: readonly string[]): boolean =>
  error !== null &&
  !(
    error instanceof ApiError &&
    error.fields.length > 0 &&
    error.fields.every(({ path }) => shown.includes(path))
  );

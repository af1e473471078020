/** Failures of single fields, as the API tells them. */
import { ApiError } from '../../api/client.ts';
import { useTranslation } from '../../i18n/provider.tsx';

/** What the API says of each field, by its path (keys joined with dots). */
export function useFieldErrors(): (error: Error | null) => Readonly<Record<string, string>> {
  const { translate } = useTranslation();
  return (error) =>
    error instanceof ApiError
      ? Object.fromEntries(error.fields.map((field) => [field.path, translate(field)]))
      : {};
}

/** Whether a failure says something beyond what is shown at fields on the page. */
export const concernsWhole = (error: Error | null, shown: readonly string[]): boolean =>
  error !== null &&
  !(
    error instanceof ApiError &&
    error.fields.length > 0 &&
    error.fields.every(({ path }) => shown.includes(path))
  );

/** Whether a failure says something of this field. */
export const isRefusedAt = (error: Error, path: string): boolean =>
  error instanceof ApiError && error.fields.some((field) => field.path === path);

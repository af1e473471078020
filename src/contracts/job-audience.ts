/**
 * What a change of a job means for its audience at LINE. Campaigns target that audience: it stays the job's own until somebody
 * says that it shall be another one.
 */
import type { JobConfiguration } from './job-configuration.ts';

/** What of a configuration decides which audience it is. */
type AudienceKeys = Pick<
  JobConfiguration,
  'adaccount_id' | 'audience_id' | 'audience_name' | 'identifier_type'
>;

/** Whether two configurations ask for an audience of the same name to be made, at the same place and of the same type. */
export const requestsSameAudience = (a: AudienceKeys, b: AudienceKeys): boolean =>
  a.audience_name === b.audience_name &&
  a.adaccount_id === b.adaccount_id &&
  a.identifier_type === b.identifier_type;

export interface AudienceBefore {
  /** LINE's id; null before the first run has made it. */
  readonly audienceId: string | null;
  readonly configuration: AudienceKeys;
}

export type AudienceAfter =
  /** Null: the next run makes it. */
  | { readonly kind: 'kept'; readonly id: string | null }
  | { readonly kind: 'renamed'; readonly id: string; readonly name: string }
  /** One that is at LINE already. */
  | { readonly kind: 'chosen'; readonly id: string }
  /** The next run makes it; `left` stays at LINE as it is. */
  | { readonly kind: 'another'; readonly id: null; readonly left: string }
  /** It cannot be `left`, and nobody said that it shall be another one. */
  | { readonly kind: 'unconfirmed'; readonly id: null; readonly left: string };

/** @param another somebody said that another audience shall be made */
export function audienceAfter(
  { audienceId, configuration: before }: AudienceBefore,
  after: AudienceKeys,
  another: boolean,
): AudienceAfter {
  if (after.audience_id !== null) {
    return after.audience_id === audienceId
      ? { kind: 'kept', id: audienceId }
      : { kind: 'chosen', id: after.audience_id };
  }
  if (audienceId === null) return { kind: 'kept', id: null };
  if (another) return { kind: 'another', id: null, left: audienceId };
  const fits = before.adaccount_id === after.adaccount_id && before.identifier_type === after.identifier_type;
  if (!fits) return { kind: 'unconfirmed', id: null, left: audienceId };
  return after.audience_name === null || after.audience_name === before.audience_name
    ? { kind: 'kept', id: audienceId }
    : { kind: 'renamed', id: audienceId, name: after.audience_name };
}

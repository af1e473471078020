/**
 * What a change of a job means for its audience at LINE. Campaigns target that audience, so a job keeps it until a person confirms
 * that the job gets another one.
 */
import type { JobConfiguration } from './job-configuration.ts';

/** The keys of a configuration that decide which audience the job fills. */
type AudienceKeys = Pick<
  JobConfiguration,
  'adaccount_id' | 'audience_id' | 'audience_name' | 'identifier_type'
>;

/** Whether two configurations create the same audience: the same name, ad account and identifier type. */
export const requestsSameAudience = (a: AudienceKeys, b: AudienceKeys): boolean =>
  a.audience_name === b.audience_name &&
  a.adaccount_id === b.adaccount_id &&
  a.identifier_type === b.identifier_type;

export interface AudienceBefore {
  /** LINE's id; null before the first run has created the audience. */
  readonly audienceId: string | null;
  readonly configuration: AudienceKeys;
}

export type AudienceAfter =
  /** Null: the next run creates it. */
  | { readonly kind: 'kept'; readonly id: string | null }
  | { readonly kind: 'renamed'; readonly id: string; readonly name: string }
  /** An audience that exists at LINE. */
  | { readonly kind: 'chosen'; readonly id: string }
  /** The next run creates it. The audience `left` stays at LINE unchanged. */
  | { readonly kind: 'another'; readonly id: null; readonly left: string }
  /** The change does not fit `left`, and nobody has confirmed another audience. */
  | { readonly kind: 'unconfirmed'; readonly id: null; readonly left: string };

/** @param another whether a person has confirmed another audience */
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

/** LINE's custom audiences, as the HTTP API shows and changes them. */
import { z } from 'zod';
import { adAccountId, customAudienceId, knownId, plainLine } from './bounds.ts';
import { MAX_AUDIENCE_NAME } from './line-limits.ts';
import { localizedShape } from './localized.ts';
import { identifierType, sizeBasis } from './run.ts';
import { issueText } from './sentence.ts';

/** Which of LINE's ad accounts, through which authorization. */
export const adAccountRef = z.object({
  authorization_id: knownId,
  adaccount_id: adAccountId,
});
export type AdAccountRef = z.infer<typeof adAccountRef>;

/** The ad accounts that an export may be for: LINE's list where it gives one, and those that jobs have. */
export const adAccounts = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      /** Null where only a job tells of it. */
      name: z.string().nullable(),
    }),
  ),
  /** Why LINE listed none, though it was asked. */
  problem: z.object(localizedShape).nullable(),
});
export type AdAccounts = z.infer<typeof adAccounts>;

export const customAudience = z.object({
  id: z.string(),
  name: z.string(),
  /** LINE's own word, e.g. `HASHED_EMAIL_UPLOAD`. */
  type: z.string(),
  /** The identifier type that it takes; null for one that takes no uploads. */
  identifier_type: identifierType.nullable(),
  status: z.string(),
  failed_type: z.string().nullable(),
  /** LINE's own words: a number, `-` when there is not enough, or `100 or fewer`. */
  estimated_size: z.string(),
  created: z.string(),
  /** The jobs that keep it filled. */
  used_by: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type CustomAudience = z.infer<typeof customAudience>;

/** How many members an audience holds, as far as anybody knows: what the guard compares a replace with. */
export const customAudienceSize = z.object({
  /** Null only when the basis is `unknown`. LINE's estimate is a lower bound; 100 is "100 or fewer". */
  size: z.number().int().nonnegative().nullable(),
  basis: sizeBasis,
  /** The run that replaced it last, and when that ended; null for every other basis. */
  run_id: z.string().nullable(),
  at: z.string().nullable(),
});
export type CustomAudienceSize = z.infer<typeof customAudienceSize>;

/** Which audiences to list. */
export const customAudienceFilter = adAccountRef.extend({
  /** Part of a name. */
  search: z.string().trim().max(MAX_AUDIENCE_NAME).optional(),
  /** Only those that take this type. */
  identifier_type: identifierType.optional(),
});
export type CustomAudienceFilter = z.infer<typeof customAudienceFilter>;

const audienceName = plainLine(issueText`Enter a name.`)
  // Of units; characters are counted as LINE counts them.
  .max(4 * MAX_AUDIENCE_NAME)
  .superRefine((name, { addIssue }) => {
    if ([...name].length <= MAX_AUDIENCE_NAME) return;
    addIssue({ code: 'too_big', origin: 'string', maximum: MAX_AUDIENCE_NAME, inclusive: true, input: name });
  });

export const customAudienceChange = adAccountRef.extend({ name: audienceName });

export const overlapRequest = adAccountRef.extend({
  base_id: customAudienceId,
  compared_ids: z
    .array(customAudienceId)
    .min(1, issueText`Choose an audience.`)
    .max(4, issueText`At most four audiences.`),
});
export type OverlapRequest = z.infer<typeof overlapRequest>;

/** The share of the base audience that is in each other one, 0 to 1; null when LINE does not tell. */
export const overlap = z.object({
  base_id: z.string(),
  overlaps: z.array(z.object({ id: z.string(), rate: z.number().nullable() })),
});
export type Overlap = z.infer<typeof overlap>;

export const newLookalike = adAccountRef.extend({
  source_id: customAudienceId,
  name: audienceName,
  /** The share of LINE's users to reach; null leaves it to LINE. */
  rate: z.number().min(0).max(0.15).nullable().default(null),
});
export type NewLookalike = z.infer<typeof newLookalike>;

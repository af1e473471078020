/** LINE's custom audiences in the HTTP API. */
import { z } from 'zod';
import { MAX_AUDIENCE_NAME } from '../domain/audiences/requests.ts';
import { identifierType, sizeBasis } from '../domain/runs/run.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';
import { adAccountId, customAudienceId, knownId, plainLine } from '../domain/values/bounds.ts';

/** An ad account at LINE, and the authorization that has access to it. */
export const adAccountRef = z.object({
  authorization_id: knownId,
  adaccount_id: adAccountId,
});
export type AdAccountRef = z.infer<typeof adAccountRef>;

/** The ad accounts to choose from: those that LINE lists, and those of jobs. */
export const adAccounts = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      /** Null when only a job names the account. */
      name: z.string().nullable(),
      jobs: z.number().int().describe('How many jobs use it with this authorization.'),
    }),
  ),
  /** Why LINE did not list its ad accounts; null without an error. */
  problem: z.object(localizedShape).nullable(),
});
export type AdAccounts = z.infer<typeof adAccounts>;

/** Part of a name. */
const audienceSearch = z.string().trim().max(MAX_AUDIENCE_NAME).optional();

export const customAudience = z.object({
  id: z.string(),
  name: z.string(),
  /** LINE's type, e.g. `HASHED_EMAIL_UPLOAD`. */
  type: z.string(),
  /** The identifier type of its uploads; null for an audience that takes none, or several types. */
  identifier_type: identifierType.nullable(),
  status: z.string(),
  failed_type: z.string().nullable(),
  /** LINE's text: a number, `-` when there are too few users, or `100 or fewer`. */
  estimated_size: z.string(),
  created: z.string(),
  ends_at: z.string().optional().describe('When it ends, and takes nothing more. Missing where audiences do not end.'),
  unusable: z
    .object(localizedShape)
    .nullable()
    .describe('Why nothing can be sent to it now, and what to do. Null when something can.'),
  read_only: z.boolean().optional().describe('True: it belongs to others, who alone may change or delete it.'),
  /** The jobs that fill it. */
  used_by: z.array(z.object({ id: z.string(), name: z.string() })),
  recent_sizes: z
    .array(z.number().int())
    .optional()
    .describe('The sizes after the latest successful runs of the job that fills it, oldest first. Only in the list.'),
});
export type CustomAudience = z.infer<typeof customAudience>;

/** An audience that somebody else shares with an account. */
export const sharedAudience = customAudience
  .pick({
    id: true,
    name: true,
    type: true,
    status: true,
    failed_type: true,
    estimated_size: true,
    created: true,
    ends_at: true,
  })
  .extend({
    owner: z
      .object({
        id: z.string(),
        name: z.string(),
        service: z.string().describe('Where it was made, in the words of the destination.'),
      })
      .nullable()
      .describe('Whose it is; null when the destination does not tell.'),
  });
export type SharedAudience = z.infer<typeof sharedAudience>;

/** How many of them one page has: the destination is asked for the owner of each. */
export const MAX_SHARED = 10;

/** The filter of a list of shared audiences. */
export const sharedAudienceFilter = adAccountRef.pick({ authorization_id: true }).extend({ search: audienceSearch });
export type SharedAudienceFilter = z.infer<typeof sharedAudienceFilter>;

/** The size of an audience, as far as it is known. The guard compares a replace with it. */
export const customAudienceSize = z.object({
  /** Null only when the basis is `unknown`. LINE's estimate is a lower bound; 100 is "100 or fewer". */
  size: z.number().int().nonnegative().nullable(),
  basis: sizeBasis,
  /** The run of the last replace, and its end; null for every other basis. */
  run_id: z.string().nullable(),
  at: z.string().nullable(),
});
export type CustomAudienceSize = z.infer<typeof customAudienceSize>;

/** The filter of a list of audiences. */
export const customAudienceFilter = adAccountRef.extend({
  search: audienceSearch,
  /** Only audiences of this type. */
  identifier_type: identifierType.optional(),
});
export type CustomAudienceFilter = z.infer<typeof customAudienceFilter>;

export const customAudienceName = plainLine(issueText`Enter a name.`)
  // A limit in UTF-16 units; the next check counts characters, as LINE does.
  .max(4 * MAX_AUDIENCE_NAME)
  .superRefine((name, { addIssue }) => {
    if ([...name].length <= MAX_AUDIENCE_NAME) return;
    addIssue({ code: 'too_big', origin: 'string', maximum: MAX_AUDIENCE_NAME, inclusive: true, input: name });
  });

export const customAudienceChange = adAccountRef.extend({ name: customAudienceName });

export const overlapRequest = adAccountRef.extend({
  base_id: customAudienceId,
  compared_ids: z
    .array(customAudienceId)
    .min(1, issueText`Choose an audience.`)
    .max(4, issueText`Choose at most four audiences.`),
});
export type OverlapRequest = z.infer<typeof overlapRequest>;

/** The share of the base audience that is also in each other audience, 0 to 1; null when LINE gives none. */
export const overlap = z.object({
  base_id: z.string(),
  overlaps: z.array(z.object({ id: z.string(), rate: z.number().nullable() })),
});
export type Overlap = z.infer<typeof overlap>;

/** How many audiences one request looks for. */
export const MAX_TWINS_ASKED = 100;

export const twinsRequest = adAccountRef.extend({
  audience_ids: z.array(customAudienceId).min(1, issueText`Choose an audience.`).max(MAX_TWINS_ASKED),
});
export type TwinsRequest = z.infer<typeof twinsRequest>;

export const twins = z.object({
  items: z.array(
    z.object({
      audience_id: z.string().describe('The audience of the request.'),
      match: z
        .enum(['id', 'name'])
        .describe(
          'How it was found. By its name, it is only a hint: the other system does not say from which audience the list comes.',
        ),
      authorization_id: z.string(),
      authorization_label: z.string(),
      adaccount_id: z.string(),
      id: z.string(),
      name: z.string(),
      type: z.string(),
      estimated_size: z.string(),
    }),
  ),
  accounts: z.number().int().describe('In how many accounts of the other system it looked.'),
  left_out: z.number().int().describe('How many further accounts it knows of, and did not look in.'),
  problems: z
    .array(z.object({ authorization_label: z.string(), ...localizedShape }))
    .describe('Why it could not look in some accounts.'),
});
export type Twins = z.infer<typeof twins>;

export const lookalikeRate = z.number().min(0).max(0.15);

export const newLookalike = adAccountRef.extend({
  source_id: customAudienceId,
  name: customAudienceName,
  /** The share of LINE's users to reach; null lets LINE choose. */
  rate: lookalikeRate.nullable().default(null),
});
export type NewLookalike = z.infer<typeof newLookalike>;

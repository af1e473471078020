/**
 * The erasure list, as the API shows it: people whom every run leaves out. No answer has an identifier, or a hash of
 * one.
 */
import { z } from 'zod';
import { identifierType } from '../domain/runs/run.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';
import { countryCode } from '../domain/values/bounds.ts';

/** How many people one request names. */
export const MAX_PEOPLE = 1_000;

/** The identifiers of people. They are in the body of a request alone, which nothing stores or logs. */
export const people = z.strictObject({
  identifier_type: identifierType,
  values: z.array(z.string().max(1_000)).min(1, issueText`Enter the identifier of a person.`).max(MAX_PEOPLE),
  /**
   * Of phone numbers without a country code. Default: the country of the installation. Null: all numbers are complete.
   */
  default_country: countryCode.nullable().optional(),
});
export type People = z.infer<typeof people>;

const named = z.object({ id: z.string(), name: z.string() });

/** What follows from new people on the list. */
export const erasure = z.object({
  added: z.number().int(),
  already_listed: z.number().int(),
  /** Runs whose staged chunks may hold the people. They were made unreadable, so these runs stage again. */
  staged: z.array(z.object({ run_id: z.string(), job_name: z.string() })).readonly(),
  /** Uploaded files that Lineup still has, and that hold the people, or may. Nobody can edit an uploaded file. */
  uploads: z
    .array(
      named.extend({
        /** The jobs that read it. */
        jobs: z.array(named).readonly(),
        /** Null: it could not be looked through, or no job says which field has identifiers. */
        holds: z.literal(true).nullable(),
      }),
    )
    .readonly(),
  /**
   * Audiences at LINE to which runs have sent this kind of identifier. LINE can neither be searched nor remove one
   * person.
   */
  audiences: z
    .array(
      z.object({
        ad_account_id: z.string(),
        audience_id: z.string(),
        audience_name: z.string().nullable(),
        /** Null: Lineup does not have the runs any more. */
        last_write_at: z.string().nullable(),
        /** The job that replaces it; null when none does any more. */
        job_id: z.string().nullable(),
        member_days: z
          .number()
          .int()
          .nullable()
          .describe(
            'No run takes them away: they stay for up to so many days after they were sent last. Without a job, the most days of the runs that have sent to it. Null where members do not leave by age.',
          ),
      }),
    )
    .readonly(),
  /** The jobs of these audiences. */
  jobs: z
    .array(
      named.extend({
        /** `started`: a run began. `running`: one is in progress, and leaves them out, or another run follows it. */
        outcome: z.enum(['started', 'running', 'refused']),
        /** Why no run began. */
        error: z.object(localizedShape).nullable(),
      }),
    )
    .readonly(),
});
export type Erasure = z.infer<typeof erasure>;

/** People who were taken off the list. */
export const erasureUndone = z.object({ removed: z.number().int(), not_listed: z.number().int() });
export type ErasureUndone = z.infer<typeof erasureUndone>;

/** How many people are on the list. */
export const erasuresOfType = z.object({
  identifier_type: identifierType,
  people: z.number().int(),
  first_at: z.string(),
  last_at: z.string(),
});
export type ErasuresOfType = z.infer<typeof erasuresOfType>;

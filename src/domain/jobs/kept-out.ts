/** Whom a run has kept out of an audience. */
import { z } from 'zod';

/**
 * Whom the last run of which LINE has something kept out of the audience: all of it is of that one run. In tens for
 * everybody, because a person confirms what follows from it when a change lets people back in: let-in.ts.
 */
export const leftOut = z.object({
  /** LINE's id of the audience of the first identifier; null when LINE has not answered its creation. */
  audience_id: z.string().nullable(),
  /** That of the run, which the configuration may not have any more. */
  hold_out: z.object({ share: z.number(), experiment: z.string() }).nullable(),
  /** Of all identifiers. Null: the run had no hold-out. */
  held_out: z.number().int().nullable(),
  /** The members of the audience, of all identifiers. */
  sent: z.number().int(),
  /** What it has kept out with each list, without those that are for all jobs now. */
  lists: z.array(z.object({ id: z.string(), name: z.string(), kept_out: z.number().int() })).readonly(),
});
export type LeftOut = z.infer<typeof leftOut>;

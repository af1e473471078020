/** Who joins an audience with a run, and who leaves it, compared with the last run that filled it completely. */
import { z } from 'zod';
import type { DestinationTraits } from '../destinations/traits.ts';

/** Null: fewer than ten, or `varied`, and this person sees no such number (`left-out.ts`). */
const members = z.number().int().nonnegative().nullable();

export const turnover = z.object({
  /** They are in this run, and were not in the last one. */
  joining: members,
  /** They were in the last run, and are not in this one. */
  leaving: members,
  /** The last one was asked for other members (`varied.ts`). Only administrators see the numbers. */
  varied: z.literal(true).optional(),
});
export type Turnover = z.infer<typeof turnover>;

/** Whether members of the last run can leave with a run: at once, or by their age. */
export const mayLeave = (
  { leaving }: Pick<DestinationTraits, 'leaving'>,
  { mode }: { readonly mode: DestinationTraits['modes'][number] },
): boolean => mode === 'replace' || leaving.by === 'age';

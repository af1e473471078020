/** Schemas that endpoints of several nouns share. */
import { z } from 'zod';
import { knownId } from '../contracts/bounds.ts';

export const byId = z.object({ id: knownId });

/** The revision that the editor saw: a change on top of somebody else's is refused. */
export const revision = z.number().int().positive().max(2_000_000_000);

/** A list that is answered whole. */
export const itemsOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item).readonly() });

/** What stands in a checkpoint; a file of its own, because Zod is loaded only where there is a checkpoint to read. */
import { z } from 'zod';
import { stageCounts, stageFindings } from '../../contracts/run.ts';

export const checkpoint = z.object({
  version: z.literal(1),
  /** Everything that decides which lines a scan gives; another key is another scan. */
  key: z.string(),
  at: z.iso.datetime(),
  /** Where the source goes on. */
  place: z.string(),
  counts: stageCounts,
  findings: stageFindings,
  /** How much of each chunk file belongs to it; the last one may have grown since. */
  chunks: z.array(z.object({ bytes: z.number().int().positive(), sha256: z.string() })).readonly(),
});
export type Checkpoint = z.infer<typeof checkpoint>;

/** As much of a chunk file as belongs to a checkpoint. */
export type Part = Checkpoint['chunks'][number];

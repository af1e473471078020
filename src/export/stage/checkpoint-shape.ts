/**
 * The content of a checkpoint. A file of its own, so that Zod is loaded only when there is a checkpoint to
 * read.
 */
import { z } from 'zod';
import { stageCounts, stageFindings } from '../../domain/runs/run.ts';

const delivery = z.object({
  counts: stageCounts,
  findings: stageFindings,
  suppressedBy: z.array(z.number().int().nonnegative()).readonly().optional(),
  erased: z.number().int().nonnegative().optional(),
  /** How much of each chunk file belongs to the checkpoint. The last file may be longer by now. */
  chunks: z.array(z.object({ bytes: z.number().int().positive(), sha256: z.string() })).readonly(),
});
/** How far one delivery has come. */
export type DeliveryCheckpoint = z.infer<typeof delivery>;

export const checkpoint = z.object({
  version: z.literal(1),
  /** Everything that decides which lines a scan gives. Another key means another scan. */
  key: z.string(),
  at: z.iso.datetime(),
  /** Where the source continues. */
  place: z.string(),
  // The first delivery.
  ...delivery.shape,
  /** The further deliveries. Missing without them. */
  siblings: z.array(delivery).readonly().optional(),
});
export type Checkpoint = z.infer<typeof checkpoint>;

/** The part of a chunk file that belongs to a checkpoint. */
export type Part = DeliveryCheckpoint['chunks'][number];

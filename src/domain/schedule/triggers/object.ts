/** A job waits for a new object of the storage that it reads. */
import { z } from 'zod';
import { segmentId } from '../../values/bounds.ts';
import { triggerBounds } from './bounds.ts';

export const objectTrigger = z
  .strictObject({
    kind: z.literal('object'),
    address: segmentId
      .nullable()
      .default(null)
      .describe('An address in the same storage, as of the source. Null: that of the source.'),
    ...triggerBounds,
  })
  .readonly();

/** How a look describes objects: the newest time, how many objects have it, and a digest of which they are. */
function read(text: string): { readonly time: string; readonly count: number; readonly digest: string } {
  const [time = '', count = '', digest = ''] = text.split(' ');
  return { time, count: Number(count), digest };
}

/**
 * Whether there is a newer object, or another version of one. Storages tell times by the second, so others may have
 * come in the same one. Fewer in it than before, or only older ones: some were deleted, and nothing has come.
 */
export function isNewerObject(seen: string, now: string): boolean {
  const [before, present] = [read(seen), read(now)];
  if (present.time !== before.time) return present.time > before.time;
  return present.digest !== before.digest && present.count >= before.count;
}

/** The `_next` of a page: opaque to clients, and good for a while only. */
import { Refusal } from './answers.ts';
import type { Segment } from './segments.ts';
import type { World } from './world.ts';

export function makeCursor(world: World, segment: Segment, offset: number): string {
  // With the number of the request no two are the same, not even those of empty pages.
  const parts = [segment.id, offset, world.cursorGeneration, world.clock.time(), world.requestCount];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The position that a cursor stands for. @throws {Refusal} 400 for one that is wrong, another audience's, or expired */
export function readCursor(world: World, segment: Segment, cursor: string): number {
  const [id, offset, generation, made] = parse(cursor);
  if (id !== segment.id || typeof offset !== 'number' || typeof made !== 'number') {
    throw new Refusal(400, 'invalid start token');
  }
  const { cursorTtlMs } = world.settings;
  const old = cursorTtlMs > 0 && world.clock.time() - made >= cursorTtlMs;
  if (old || generation !== world.cursorGeneration) throw new Refusal(400, 'start token has expired');
  return offset;
}

function parse(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

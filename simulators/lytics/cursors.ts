/**
 * The `_next` of a page: opaque to clients, and good for a while only. Fresh cursors say themselves where the next page begins;
 * one that stays the same stands for a scan whose place the server keeps, and moves on with every answer.
 */
import { Refusal } from './answers.ts';
import type { Segment } from './segments.ts';
import type { Place, World } from './world.ts';

/** Scans under way whose place is kept here. */
const keptScans = 1_000;

/** @param start the cursor that asked for the page; empty for the first */
export function makeCursor(world: World, segment: Segment, offset: number, start: string): string {
  const place = { id: segment.id, offset, generation: world.cursorGeneration, made: world.clock.time() };
  // With the number of the request no two are the same, not even those of empty pages.
  const parts = [...Object.values(place), world.requestCount];
  const fresh = Buffer.from(JSON.stringify(parts)).toString('base64url');
  if (world.settings.cursors === 'fresh') return fresh;
  const cursor = start || fresh;
  world.scans.delete(cursor);
  world.scans.set(cursor, place);
  const [oldest] = world.scans.keys();
  if (world.scans.size > keptScans && oldest !== undefined) world.scans.delete(oldest);
  return cursor;
}

/** The position that a cursor stands for. @throws {Refusal} 400 for one that is wrong, another audience's, or expired */
export function readCursor(world: World, segment: Segment, cursor: string): number {
  const place = world.scans.get(cursor) ?? parse(cursor);
  if (place?.id !== segment.id) throw new Refusal(400, 'invalid start token');
  const { cursorTtlMs } = world.settings;
  const old = cursorTtlMs > 0 && world.clock.time() - place.made >= cursorTtlMs;
  if (old || place.generation !== world.cursorGeneration) throw new Refusal(400, 'start token has expired');
  return place.offset;
}

function parse(cursor: string): Place | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [id, offset, generation, made] = Array.isArray(parts) ? parts : [];
    const numbers = [offset, generation, made].every((one) => typeof one === 'number');
    return typeof id === 'string' && numbers ? { id, offset, generation, made } : undefined;
  } catch {
    return undefined;
  }
}

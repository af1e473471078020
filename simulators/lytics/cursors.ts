/**
 * The `_next` of a page. It is opaque to clients, and expires. A normal cursor contains the position of the
 * next page. With the setting for constant cursors, the server keeps the position of the scan and moves it
 * with every answer.
 */
import { RefusalError } from './answers.ts';
import type { Segment } from './segments.ts';
import type { Place, World } from './world.ts';

/** How many scans with a position on the server are kept. */
const keptScans = 1_000;

/** @param start the cursor of the request; empty for the first page */
export function makeCursor(world: World, segment: Segment, offset: number, start: string): string {
  const place = { id: segment.id, offset, generation: world.cursorGeneration, made: world.clock.time() };
  // The number of the request makes every cursor different, also those of empty pages.
  const parts = [...Object.values(place), world.requests.count];
  const fresh = Buffer.from(JSON.stringify(parts)).toString('base64url');
  if (world.settings.cursors === 'fresh') return fresh;
  const cursor = start || fresh;
  world.scans.delete(cursor);
  world.scans.set(cursor, place);
  const [oldest] = world.scans.keys();
  if (world.scans.size > keptScans && oldest !== undefined) world.scans.delete(oldest);
  return cursor;
}

/** The position of a cursor. @throws {RefusalError} 400 when it is invalid, expired, or of another audience */
export function readCursor(world: World, segment: Segment, cursor: string): number {
  const place = world.scans.get(cursor) ?? parse(cursor);
  if (place?.id !== segment.id) throw new RefusalError(400, 'invalid start token');
  const { cursorTtlMs } = world.settings;
  const old = cursorTtlMs > 0 && world.clock.time() - place.made >= cursorTtlMs;
  if (old || place.generation !== world.cursorGeneration) throw new RefusalError(400, 'start token has expired');
  return place.offset;
}

function parse(cursor: string): Place | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [id, offset, generation, made] = Array.isArray(parts) ? parts : [];
    const numbers = [offset, generation, made].every((number) => typeof number === 'number');
    return typeof id === 'string' && numbers ? { id, offset, generation, made } : undefined;
  } catch {
    return undefined;
  }
}

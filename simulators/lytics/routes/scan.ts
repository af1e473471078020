/** One page of a scan: the current members at these positions. There is no fixed order and no snapshot. */
import type { Reply } from '../../shared/http.ts';
import { answerV1, RefusalError, written } from '../answers.ts';
import { makeCursor, readCursor } from '../cursors.ts';
import type { Entity } from '../fields.ts';
import type { Segment } from '../segments.ts';
import { type Call, findSegment, type World } from '../world.ts';
import { wantedFields } from './fields.ts';

/** The pages of the manual disagree: 10 or 20. */
const defaultLimit = 10;
const largestLimit = 100;

export function scan(call: Call): Reply {
  const segment = findSegment(call.world, call.id, true);
  if (!segment) throw new RefusalError(404, 'segment not found');
  return page(call, segment);
}

/**
 * A scan by a rule instead of an audience's id. It understands the table of a rule, and `INCLUDE <audience>`.
 * Any other rule matches everybody.
 */
export function scanByRule(call: Call): Reply {
  const { world, body } = call;
  if (!/^\s*filter\b/i.test(body)) throw new RefusalError(400, 'invalid filter');
  const [, table = 'user'] = /\bfrom\s+(\w+)/i.exec(body) ?? [];
  const [, included] = /\binclude\s+(\w+)/i.exec(body) ?? [];
  const segment = included === undefined ? world.segments[0] : findSegment(world, included, true);
  if (table !== 'user' || !segment) throw new RefusalError(400, 'invalid filter');
  return page(call, segment);
}

function page(call: Call, segment: Segment): Reply {
  const { world, query, record } = call;
  const limit = readLimit(query.limit);
  for (const fault of call.faults) {
    if (fault.kind === 'joined') segment.join(fault.members ?? 1);
    if (fault.kind === 'left') segment.leave(fault.members ?? 1);
    if (fault.kind === 'expired') world.cursorGeneration += 1;
  }
  const start = query.start ?? '';
  const offset = start === '' ? 0 : readCursor(world, segment, start);
  const from = Math.max(0, offset - repeated(call, limit));
  const end = Math.max(offset, Math.min(from + rows(call, limit), segment.size));
  const members = segment.slice(from, end, wantedFields(query)).map((member) => dress(world, member));
  record.rows = members.length;
  const again = call.faults.some(({ kind }) => kind === 'same_cursor');
  const next = again ? start || makeCursor(world, segment, 0, '') : makeCursor(world, segment, end, start);
  const { lastPage } = world.settings;
  const last: Record<string, object> = {
    empty: { _next: '' },
    null: { _next: null },
    missing: {},
    cursor: { _next: start || next },
  };
  return answerV1(members, world.settings, {
    ...(again || end < segment.size ? { _next: next } : last[lastPage]),
    total: written(segment.size, world.settings),
  });
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return defaultLimit;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new RefusalError(400, 'limit must be a positive number');
  return Math.min(limit, largestLimit);
}

function rows({ faults }: Call, limit: number): number {
  const fault = faults.find(({ kind }) => kind === 'short');
  return fault?.kind === 'short' ? Math.min(limit, fault.rows ?? 1) : limit;
}

/** How many members of the page before come again. Always fewer than the page holds, so that a scan ends. */
function repeated({ faults }: Call, limit: number): number {
  const fault = faults.find(({ kind }) => kind === 'repeated');
  return fault?.kind === 'repeated' ? Math.min(limit - 1, fault.members ?? 1) : 0;
}

/** A profile in the form of this account. */
function dress({ fields, settings }: World, entity: Entity): Entity {
  const { timedValues, numbers } = settings;
  if (timedValues === 'texts' && numbers === 'numbers') return entity;
  const timed = new Set(fields.filter(({ type }) => type === 'ts[]string').map(({ id }) => id));
  return Object.fromEntries(
    Object.entries(entity).map(([field, value]) => {
      if (typeof value === 'number') return [field, written(value, settings)];
      if (timedValues === 'texts' || !timed.has(field) || !Array.isArray(value)) return [field, value];
      return [field, value.map((element: unknown) => ({ value: element, ts: '2026-02-20T09:00:00Z' }))];
    }),
  );
}

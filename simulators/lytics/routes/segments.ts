import type { Reply } from '../../shared/http.ts';
import { answerIn, answerV1, RefusalError, written } from '../answers.ts';
import type { Segment } from '../segments.ts';
import { type Call, findSegment, type World } from '../world.ts';

/** The whole list at once, because the endpoint has no pages. */
export function listSegments(call: Call): Reply {
  const { world, query, version } = call;
  const fits = ({ spec: { table = 'user', kind = 'segment', invalidReason } }: Segment) =>
    (query.table ?? table) === table &&
    (query.kind ?? kind) === kind &&
    (query.valid !== 'true' || invalidReason === undefined);
  const found = world.segments.filter(fits).map((segment) => describe(call, segment));
  return answerIn(version, found, world.settings);
}

export function showSegment(call: Call): Reply {
  const segment = findSegment(call.world, call.id, true);
  if (!segment) throw new RefusalError(404, 'segment not found');
  return answerIn(call.version, describe(call, segment), call.world.settings);
}

/** The size of one audience. Lytics then counts an uncounted one. */
export function showSize({ world, id }: Call): Reply {
  const segment = findSegment(world, id, true);
  if (!segment) throw new RefusalError(404, 'segment not found');
  return answerV1(sizeOf(world, segment), world.settings);
}

/** The sizes of `ids=a,b`, or of all. */
export function listSizes({ world, query }: Call): Reply {
  const ids = query.ids?.split(',').filter(Boolean) ?? [];
  const wanted = ({ id, spec }: Segment) => ids.length === 0 || ids.includes(id) || ids.includes(spec.slug);
  const sizes = world.segments.filter(wanted).map((segment) => sizeOf(world, segment));
  return answerV1(sizes, world.settings);
}

const sizeOf = ({ settings }: World, { id, spec, size }: Segment) => ({
  id,
  name: spec.name,
  slug_name: spec.slug,
  size: written(size, settings),
});

function describe({ world, query }: Call, { id, spec, size }: Segment) {
  const sized = query.sizes === 'true' && !spec.uncounted;
  return {
    id,
    name: spec.name,
    slug_name: spec.slug,
    description: spec.description ?? '',
    kind: spec.kind ?? 'segment',
    table: spec.table ?? 'user',
    is_public: true,
    invalid: spec.invalidReason !== undefined,
    invalid_reason: spec.invalidReason ?? '',
    tags: spec.tags ?? [],
    created: '2026-01-05T09:00:00.000Z',
    updated: '2026-02-20T09:00:00.000Z',
    ...(sized && { size: written(size, world.settings) }),
  };
}

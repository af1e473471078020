import type { Reply } from '../../shared/reply.ts';
import { answerV2, Refusal, written } from '../answers.ts';
import type { Call } from '../call.ts';
import type { Segment } from '../segments.ts';
import { findSegment } from '../world.ts';

/** The whole list at once: the endpoint has no pages. */
export function listSegments(call: Call): Reply {
  const { world, query } = call;
  const fits = ({ spec: { table = 'user', kind = 'segment', invalidReason } }: Segment) =>
    (query.get('table') ?? table) === table &&
    (query.get('kind') ?? kind) === kind &&
    (query.get('valid') !== 'true' || invalidReason === undefined);
  return answerV2(world.segments.filter(fits).map((segment) => describe(call, segment)));
}

export function showSegment(call: Call): Reply {
  const segment = findSegment(call.world, call.id, true);
  if (!segment) throw new Refusal(404, 'segment not found');
  return answerV2(describe(call, segment));
}

function describe({ world, query }: Call, { id, spec, size }: Segment) {
  const sized = query.get('sizes') === 'true' && !spec.uncounted;
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

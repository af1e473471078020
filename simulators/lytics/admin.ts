/** The admin requests of this simulator. They need no token, so they are for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import { fields, number, read } from '../shared/input.ts';
import { findSegment, type World } from './world.ts';

const count = number(0, 1_000_000).default(0);
const moves = fields({ joined: count, left: count });

export const handlers: AdminHandlers<World> = {
  'GET segments': ({ world }) => ok(inspect(world).segments),
  'POST segments/*': ({ world, id, body }) => {
    const segment = findSegment(world, id, true);
    if (!segment) return null;
    const { joined, left } = read(moves, body, 'the body');
    segment.join(joined);
    segment.leave(left);
    return ok({ id: segment.id, size: segment.size });
  },
};

export type Inspection = ReturnType<typeof inspect>;

/** The state of the simulator as plain data, for tests and for the admin endpoint. */
export function inspect(world: World) {
  return {
    settings: { ...world.settings },
    faults: world.faults.list(),
    segments: world.segments.map(({ id, spec, size }) => ({
      id,
      slug: spec.slug,
      name: spec.name,
      size,
    })),
    fields: world.fields.map(({ id, type }) => ({ id, type })),
    requests: world.requests.list(),
  };
}

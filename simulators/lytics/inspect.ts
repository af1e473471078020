/** What the simulator knows, as plain data for tests and for the admin endpoint. */
import type { World } from './world.ts';

export type Inspection = ReturnType<typeof inspect>;

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
    requests: world.requests.map((record) => ({ ...record })),
  };
}

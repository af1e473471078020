/** The admin requests of this simulator. They need no signature, so they are for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import type { World } from './world.ts';

export const handlers: AdminHandlers<World> = {
  'GET objects': ({ world }) => ok(inspect(world).objects),
};

export type Inspection = ReturnType<typeof inspect>;

/** The state of the simulator as plain data, for tests and for the admin endpoint. */
export function inspect(world: World) {
  const { buckets } = world;
  return {
    settings: { ...world.settings },
    faults: world.faults.list(),
    objects: buckets.names().flatMap((bucket) =>
      buckets.list(bucket, '').map(({ key, body, etag, modified }) => ({
        bucket,
        key,
        etag,
        bytes: body.length,
        modified: new Date(modified).toISOString(),
      })),
    ),
    requests: world.requests.list(),
  };
}

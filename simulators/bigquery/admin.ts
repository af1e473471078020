/** The admin requests of this simulator. They need no token, so they are for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import { keyFileOf, type World } from './world.ts';

export const handlers: AdminHandlers<World> = {
  'GET tables': ({ world }) => ok(inspect(world).tables),
  'GET key': ({ world }) => ok(JSON.parse(keyFileOf(world))),
};

export type Inspection = ReturnType<typeof inspect>;

/** The state of the simulator as plain data, for tests and for the admin endpoint. */
export function inspect(world: World) {
  return {
    settings: { ...world.settings },
    faults: world.faults.list(),
    tables: world.tables.map(({ id, size, spec }) => ({ id, type: spec.type ?? 'TABLE', rows: size })),
    sessions: [...world.sessions.keys()],
    jobs: [...world.jobs.keys()],
    requests: world.requests.list(),
  };
}

/** The admin requests of this simulator. They need no token, so they are for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import type { World } from './world.ts';

export const handlers: AdminHandlers<World> = {
  'GET tables': ({ world }) => ok(inspect(world).tables),
};

export type Inspection = ReturnType<typeof inspect>;

/** The state of the simulator as plain data, for tests and for the admin endpoint. */
export function inspect(world: World) {
  return {
    settings: { ...world.settings },
    faults: world.faults.list(),
    tables: world.tables.map(({ name, rows, columns }) => ({
      name: name.join('.'),
      rows,
      columns: columns.map((column) => column.name),
    })),
    statements: [...world.statements.values()].map(({ handle, cancelled }) => ({ handle, cancelled })),
    requests: world.requests.list(),
  };
}

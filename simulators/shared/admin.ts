/** The admin endpoint of a simulator: who may ask, what they ask for, and how mistakes are answered. */
import type { IncomingMessage } from 'node:http';
import { readBody } from './body.ts';
import type { Counted } from './fault-rules.ts';
import { number, object, SimulatorInputError } from './input.ts';
import type { Reply } from './reply.ts';
import type { Panel, SimulatorWorld } from './simulator.ts';

export const adminPath = '/__admin';

export interface AdminCall<World> {
  world: World;
  /** The segment that stands for `*` in the route. */
  id: string;
  /** The last segment. */
  last: string;
  body: unknown;
}

/** By method and path below {@link adminPath}. A handler that finds nothing under the id gives null. */
export type AdminHandlers<World> = Record<string, (call: AdminCall<World>) => Reply | null>;

export const ok = (json: unknown): Reply => ({ status: 200, json });

/** Time only goes forward, by a year at most. */
const readAdvance = (body: unknown): number =>
  number(0, 366 * 86_400_000)(object(body, 'the body').advanceMs, 'advanceMs');

/** What can be asked of every simulator. */
export function commonHandlers<
  Fault extends Counted,
  Settings extends object,
  World extends SimulatorWorld<Fault, Settings>,
>({
  inspect,
  readFault,
  readSettings,
}: Panel<
  World,
  Fault,
  Settings,
  { requests: unknown; faults: unknown; settings: unknown }
>): AdminHandlers<World> {
  return {
    'GET state': ({ world }) => ok(inspect(world)),
    'GET requests': ({ world }) => ok(inspect(world).requests),
    'GET faults': ({ world }) => ok(inspect(world).faults),
    'GET settings': ({ world }) => ok(inspect(world).settings),
    'POST reset': ({ world }) => {
      world.reset();
      return ok({});
    },
    'POST settings': ({ world, body }) => {
      Object.assign(world.settings, readSettings(body));
      return ok(world.settings);
    },
    'POST faults': ({ world, body }) => {
      const rules = (Array.isArray(body) ? body : [body]).map(readFault);
      return ok({ ids: rules.map((rule) => world.faults.add(rule)) });
    },
    'DELETE faults': ({ world }) => {
      world.faults.clear();
      return ok({});
    },
    'DELETE faults/*': ({ world, id }) => (world.faults.remove(Number(id)) ? ok({}) : null),
    'POST clock': ({ world, body }) => {
      world.clock.advance(readAdvance(body));
      return ok({ time: new Date(world.clock.time()).toISOString() });
    },
  };
}

/** Answers a request at the admin endpoint: 200, or 400, 403 or 404 with `{"error": …}`. */
export async function answerAdmin<World>(
  handlers: AdminHandlers<World>,
  faultKinds: readonly string[],
  world: World,
  incoming: IncomingMessage,
  path: string,
): Promise<Reply> {
  const segments = path.slice(adminPath.length + 1).split('/');
  const [noun = '', id = '', ...rest] = segments;
  const pattern = id === '' ? noun : [noun, '*', ...rest].join('/');
  const handler = handlers[`${incoming.method} ${pattern}`];
  if (!isLoopback(incoming.socket.remoteAddress))
    return failure(403, 'The admin endpoint answers this machine only.');
  if (!handler)
    return failure(
      404,
      `There is ${Object.keys(handlers).join(', ')}; faults are of kind ${faultKinds.join(', ')}.`,
    );
  try {
    const text = (await readBody(incoming)).toString('utf8');
    const body: unknown = text === '' ? {} : JSON.parse(text);
    return (
      handler({ world, id, last: segments.at(-1) ?? '', body }) ??
      failure(404, `There is nothing like that under ${id}.`)
    );
  } catch (error) {
    if (error instanceof SimulatorInputError || error instanceof SyntaxError)
      return failure(400, error.message);
    throw error;
  }
}

function failure(status: number, error: string): Reply {
  return { status, json: { error } };
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/** The admin endpoint of a simulator: its requests, who may send them, and the answers to mistakes. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';
import type { Counted, FaultBook } from './fault-rules.ts';
import { drain, forgetContentType, isTooLarge, send } from './http.ts';
import { fields, number, read, SimulatorInputError } from './input.ts';
import { type Reply, tooLarge } from './reply.ts';

export interface SimulatorWorld<Fault extends Counted, Settings extends object> {
  readonly clock: Clock;
  readonly faults: FaultBook<Fault>;
  /** Changed in place. */
  readonly settings: Settings;
  /** Restores the state at the start. The clock is not reset. */
  reset(): void;
}

/** A kind of simulator: how to create, serve and inspect its world, and which faults it has. */
export interface Kind<World, Fault, Settings, Options, Request, Inspection> {
  readonly createWorld: (options: Options, closing: AbortSignal) => World;
  /** The clock of the simulated service, in milliseconds. */
  readonly time: (world: World) => number;
  /** Serves the API. `onRequest` is called at the end of every API request, with or without an answer. */
  readonly serve: (app: FastifyInstance, world: World, onRequest: (record: Request) => void) => void;
  readonly inspect: (world: World) => Inspection;
  readonly readFault: (value: unknown) => Fault;
  readonly faultKinds: readonly string[];
  readonly readSettings: (value: unknown) => Partial<Settings>;
  /** Admin requests that only this kind has. */
  readonly handlers: AdminHandlers<World>;
}

export const adminPath = '/__admin';

export interface AdminCall<World> {
  world: World;
  /** The segment that stands for `*` in the route. */
  id: string;
  body: unknown;
}

/** By method and path below {@link adminPath}. A handler returns null when nothing has this id. */
export type AdminHandlers<World> = Record<string, (call: AdminCall<World>) => Reply | null>;

export const ok = (json: unknown): Reply => ({ status: 200, json });

/** Time only moves forward, by at most a year. */
const advance = fields({ advanceMs: number(0, 366 * 86_400_000) });

type Shown<World, Fault, Settings> = Omit<
  Kind<World, Fault, Settings, never, never, { requests: unknown }>,
  'createWorld' | 'serve' | 'time'
>;

/** Admin requests that every simulator has. */
const commonHandlers = <Fault extends Counted, Settings extends object, World extends SimulatorWorld<Fault, Settings>>({
  inspect,
  readFault,
  readSettings,
}: Shown<World, Fault, Settings>): AdminHandlers<World> => ({
  'GET state': ({ world }) => ok(inspect(world)),
  'GET requests': ({ world }) => ok(inspect(world).requests),
  'GET faults': ({ world }) => ok(world.faults.list()),
  'GET settings': ({ world }) => ok(world.settings),
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
    world.clock.advance(read(advance, body, 'the body').advanceMs);
    return ok({ time: world.clock.iso() });
  },
});

/** Answers requests to the admin endpoint with 200, or with 400, 403 or 404 and `{"error": …}`. */
export function serveAdmin<
  Fault extends Counted,
  Settings extends object,
  World extends SimulatorWorld<Fault, Settings>,
>(app: FastifyInstance, world: World, kind: Shown<World, Fault, Settings>): void {
  const handlers = { ...commonHandlers(kind), ...kind.handlers };
  const failure = (status: number, error: string): Reply => ({ status, json: { error } });

  app.addHook('onRequest', async (request, reply) => {
    forgetContentType(request);
    if (!isLoopback(request.ip)) return send(reply, failure(403, 'The admin endpoint answers this machine only.'));
  });
  for (const [route, handle] of Object.entries(handlers)) {
    const [method = '', path = ''] = route.split(' ');
    app.route<{ Params: { id?: string }; Body?: Buffer }>({
      method,
      url: `/${path.replace('*', ':id')}`,
      handler: ({ params: { id = '' }, body }, reply) => {
        const text = String(body ?? '');
        const answer = handle({ world, id, body: text === '' ? {} : JSON.parse(text) });
        return send(reply, answer ?? failure(404, `There is nothing like that under ${id}.`));
      },
    });
  }
  const known = `There is ${Object.keys(handlers).join(', ')}; faults are of kind ${kind.faultKinds.join(', ')}.`;
  for (const url of ['', '/*']) app.all(url, (_request, reply) => send(reply, failure(404, known)));
  app.setErrorHandler<Error>(async (error, request, reply) => {
    if (isTooLarge(error)) {
      await drain(request);
      return send(reply, failure(400, tooLarge));
    }
    if (error instanceof SimulatorInputError || error instanceof SyntaxError)
      return send(reply, failure(400, error.message));
    throw error;
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

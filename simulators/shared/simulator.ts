/**
 * The common part of all simulators: a server that starts and closes, and a world that can be inspected,
 * broken and moved in time.
 */
import type { AddressInfo } from 'node:net';
import { adminPath, type Kind, type SimulatorWorld, serveAdmin } from './admin.ts';
import type { Counted } from './fault-rules.ts';
import { createServer } from './http.ts';

export interface StartOptions<Request> {
  /** 0 takes any free port. @default 0 */
  port?: number;
  /** @default 127.0.0.1 */
  host?: string;
  /** Called at the end of every API request, with or without an answer. */
  log?: (record: Request) => void;
}

export interface Simulator<Fault, Settings, Inspection, Request> {
  /** The admin endpoint, e.g. `http://127.0.0.1:41234/__admin`. */
  readonly adminUrl: string;
  /** The whole state as plain data, as the admin endpoint returns it. */
  inspect(): Inspection;
  /** Adds a fault and returns its id. Throws `SimulatorInputError` for an invalid one. */
  addFault(fault: Fault): number;
  clearFaults(): void;
  /** Changes settings while the simulator runs. */
  configure(settings: Partial<Settings>): void;
  /** Moves the virtual time forward. */
  advance(ms: number): void;
  /** Restores the state at the start. */
  reset(): void;
  /** Resolves at the end of the next matching API request (answered, or reset by a fault). */
  nextRequest(fits?: (record: Request) => boolean): Promise<Request>;
  /** Stops at once, and closes open connections. */
  close(): Promise<void>;
}

/**
 * Rejects when the port or the address is not available. @throws {SimulatorInputError} for invalid options
 */
export async function startSimulator<
  Fault extends Counted,
  Settings extends object,
  World extends SimulatorWorld<Fault, Settings>,
  Options extends object,
  Request,
  Inspection extends { requests: unknown },
>(
  kind: Kind<World, Fault, Settings, Options, Request, Inspection>,
  { port = 0, host = '127.0.0.1', log, ...options }: Options & StartOptions<Request>,
): Promise<{
  readonly world: World;
  readonly origin: string;
  readonly simulator: Simulator<Fault, Settings, Inspection, Request>;
}> {
  const closing = new AbortController();
  // Host and port are not options of the world.
  const world = kind.createWorld(options as unknown as Options, closing.signal);
  const waiting = new Set<(record: Request) => void>();
  const app = createServer(() => kind.time(world));
  app.register(async (scope) => serveAdmin(scope, world, kind), { prefix: adminPath });
  kind.serve(app, world, (record) => {
    log?.(record);
    for (const take of waiting) take(record);
  });
  await app.listen({ port, host });
  const { port: bound } = app.server.address() as AddressInfo;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  return {
    world,
    origin,
    simulator: {
      adminUrl: `${origin}${adminPath}`,
      inspect: () => kind.inspect(world),
      addFault: (fault) => world.faults.add(kind.readFault(fault)),
      clearFaults: () => world.faults.clear(),
      configure: (settings) => void Object.assign(world.settings, kind.readSettings(settings)),
      advance: (ms) => world.clock.advance(ms),
      reset: () => world.reset(),
      nextRequest: (fits = () => true) =>
        new Promise((resolve) => {
          const take = (record: Request) => {
            if (!fits(record)) return;
            waiting.delete(take);
            resolve(record);
          };
          waiting.add(take);
        }),
      async close() {
        closing.abort();
        await app.close();
      },
    },
  };
}

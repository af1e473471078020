/** The admin endpoint: look at everything, order faults, move the clock. Unsigned, so for this machine only. */
import type { IncomingMessage } from 'node:http';
import type { LinkAction } from './accounts.ts';
import { readBody } from './body.ts';
import { faultKinds, readFault } from './faults.ts';
import { choice, number, object, SimulatorInputError, toggle } from './input.ts';
import { inspect } from './inspect.ts';
import { release } from './jobs.ts';
import { blocks } from './membership.ts';
import { Refusal } from './refusal.ts';
import { readSettings } from './settings.ts';
import { type Reply, serverTime, type World } from './world.ts';

export const adminPath = '/__admin';

interface AdminCall {
  world: World;
  /** The segment that stands for `*` in the route. */
  id: string;
  /** The last segment. */
  last: string;
  body: unknown;
}

type AdminHandler = (call: AdminCall) => Reply | null;

const ok = (json: unknown): Reply => ({ status: 200, json });
const longestAdvance = 366 * 86_400_000;

/** By method and path below {@link adminPath}. A handler that finds nothing under the id gives null. */
const handlers: Record<string, AdminHandler> = {
  'GET state': ({ world }) => ok(inspect(world)),
  'GET requests': ({ world }) => ok(inspect(world).requests),
  'GET violations': ({ world }) => ok(inspect(world).violations),
  'GET audiences': ({ world }) => ok(inspect(world).audiences),
  'GET jobs': ({ world }) => ok(inspect(world).jobs),
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
    world.clock.advance(number(0, longestAdvance)(object(body, 'the body').advanceMs, 'advanceMs'));
    return ok({ time: new Date(world.clock.time()).toISOString() });
  },
  'GET audiences/*/members': ({ world, id }) => {
    const audience = world.state.audience(id);
    return audience ? { status: 200, text: blocks(audience.members) } : null;
  },
  'GET audiences/*/digest': ({ world, id }) => {
    const audience = world.state.audience(id);
    return audience ? ok({ members: audience.members.size, sha256: audience.members.sha256() }) : null;
  },
  'POST audiences/*': ({ world, id, body }) => {
    const audience = world.state.audience(id);
    if (!audience) return null;
    audience.inUse = toggle(object(body, 'the body').inUse, 'inUse');
    return ok({ id, inUse: audience.inUse });
  },
  'GET jobs/*/file': ({ world, id }) => {
    const file = world.state.jobs().find((job) => job.id === id)?.file;
    return file ? { status: 200, text: [file] } : null;
  },
  'POST jobs/*/release': ({ world, id }) => {
    const job = world.state.jobs().find((one) => one.id === id);
    if (job) release(job, world.clock.time());
    return job ? ok({ id }) : null;
  },
  'POST link-requests/*/approve': (call) => answerLink(call),
  'POST link-requests/*/reject': (call) => answerLink(call),
};

function answerLink({ world, id, last }: AdminCall): Reply | null {
  const request = world.state.linkRequests.find((one) => one.id === id);
  if (!request) return null;
  const action: LinkAction = choice('approve', 'reject')(last, 'action');
  if (!world.state.moveLink(request, action, serverTime(world))) {
    throw new SimulatorInputError(`A link request that is ${request.status} cannot be answered.`);
  }
  return ok({ id, status: request.status });
}

/** Answers a request at the admin endpoint: 200, or 400, 403 or 404 with `{"error": …}`. */
export async function answerAdmin(world: World, incoming: IncomingMessage, path: string): Promise<Reply> {
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
    const theirs =
      error instanceof SimulatorInputError || error instanceof SyntaxError || error instanceof Refusal;
    if (theirs) return failure(400, error.message);
    throw error;
  }
}

function failure(status: number, error: string): Reply {
  return { status, json: { error } };
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/** The admin endpoint: look at everything, order faults, move the clock. Unsigned, so for this machine only. */
import { type AdminCall, type AdminHandlers, commonHandlers, ok } from '../shared/admin.ts';
import { choice, object, SimulatorInputError, toggle } from '../shared/input.ts';
import type { Reply } from '../shared/reply.ts';
import type { LinkAction } from './accounts.ts';
import { addElsewhere, readElsewhere } from './elsewhere.ts';
import { inspect } from './inspect.ts';
import { release } from './jobs.ts';
import { blocks } from './membership.ts';
import { panel } from './panel.ts';
import { serverTime, type World } from './world.ts';

export const handlers: AdminHandlers<World> = {
  ...commonHandlers(panel),
  'GET violations': ({ world }) => ok(inspect(world).violations),
  'GET audiences': ({ world }) => ok(inspect(world).audiences),
  'GET jobs': ({ world }) => ok(inspect(world).jobs),
  'GET audiences/*/members': ({ world, id }) => {
    const audience = world.state.audience(id);
    return audience ? { status: 200, text: blocks(audience.members) } : null;
  },
  'GET audiences/*/digest': ({ world, id }) => {
    const audience = world.state.audience(id);
    return audience ? ok({ members: audience.members.size, sha256: audience.members.sha256() }) : null;
  },
  'POST audiences': ({ world, body }) => ok({ id: addElsewhere(world, readElsewhere(body)).id }),
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

function answerLink({ world, id, last }: AdminCall<World>): Reply | null {
  const request = world.state.linkRequests.find((one) => one.id === id);
  if (!request) return null;
  const action: LinkAction = choice('approve', 'reject')(last, 'action');
  if (!world.state.moveLink(request, action, serverTime(world))) {
    throw new SimulatorInputError(`A link request that is ${request.status} cannot be answered.`);
  }
  return ok({ id, status: request.status });
}

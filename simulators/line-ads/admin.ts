/** The admin endpoint: look at everything, order faults, move the clock. Unsigned, so for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import { fields, read, SimulatorInputError, toggle } from '../shared/input.ts';
import type { LinkAction } from './accounts.ts';
import { addElsewhere, readElsewhere } from './elsewhere.ts';
import { inspect } from './inspect.ts';
import { release } from './jobs.ts';
import { blocks } from './membership.ts';
import { serverTime, type World } from './world.ts';

const use = fields({ inUse: toggle });

export const handlers: AdminHandlers<World> = {
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
    audience.inUse = read(use, body, 'the body').inUse;
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
  'POST link-requests/*/approve': answerLink('approve'),
  'POST link-requests/*/reject': answerLink('reject'),
};

/** The answer of an ad account's owner. */
function answerLink(action: LinkAction): AdminHandlers<World>[string] {
  return ({ world, id }) => {
    const request = world.state.linkRequests.find((one) => one.id === id);
    if (!request) return null;
    if (!world.state.moveLink(request, action, serverTime(world))) {
      throw new SimulatorInputError(`A link request that is ${request.status} cannot be answered.`);
    }
    return ok({ id, status: request.status });
  };
}

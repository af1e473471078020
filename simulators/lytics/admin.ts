/** The admin endpoint: look at everything, order faults, move the clock. Without a token, so for this machine only. */
import { type AdminHandlers, commonHandlers, ok } from '../shared/admin.ts';
import { number, object } from '../shared/input.ts';
import { inspect } from './inspect.ts';
import { panel } from './panel.ts';
import { findSegment, type World } from './world.ts';

const count = number(0, 1_000_000);

export const handlers: AdminHandlers<World> = {
  ...commonHandlers(panel),
  'GET segments': ({ world }) => ok(inspect(world).segments),
  'POST segments/*': ({ world, id, body }) => {
    const segment = findSegment(world, id, true);
    if (!segment) return null;
    const { joined = 0, left = 0 } = object(body, 'the body');
    segment.join(count(joined, 'joined'));
    segment.leave(count(left, 'left'));
    return ok({ id: segment.id, size: segment.size });
  },
};

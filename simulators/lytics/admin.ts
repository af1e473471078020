/** The admin endpoint: look at everything, order faults, move the clock. Without a token, so for this machine only. */
import { type AdminHandlers, ok, readAdvance } from '../shared/admin.ts';
import { number, object } from '../shared/input.ts';
import { readFault } from './faults.ts';
import { inspect } from './inspect.ts';
import { readSettings } from './settings.ts';
import { findSegment, type World } from './world.ts';

const count = number(0, 1_000_000);

export const handlers: AdminHandlers<World> = {
  'GET state': ({ world }) => ok(inspect(world)),
  'GET requests': ({ world }) => ok(inspect(world).requests),
  'GET segments': ({ world }) => ok(inspect(world).segments),
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
  'POST segments/*': ({ world, id, body }) => {
    const segment = findSegment(world, id, true);
    if (!segment) return null;
    const { joined = 0, left = 0 } = object(body, 'the body');
    segment.join(count(joined, 'joined'));
    segment.leave(count(left, 'left'));
    return ok({ id: segment.id, size: segment.size });
  },
};

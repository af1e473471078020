/** The admin requests of this simulator. They need no token, so they are for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import { choice, fields, read, text } from '../shared/input.ts';
import { uploadHandlers } from '../shared/upload-handlers.ts';
import { statuses } from './audiences.ts';
import { registerKey } from './channels.ts';
import { addElsewhere, readElsewhere } from './elsewhere.ts';
import { inspect } from './inspect.ts';
import type { World } from './world.ts';

/** `OWN` gives an audience back the status that it has by itself. */
const change = fields({ name: text.optional(), status: choice(...statuses, 'OWN').optional() });
const key = fields({ kid: text, publicKey: text.optional() });

export const handlers: AdminHandlers<World> = {
  ...uploadHandlers<World>('audiences', {
    inspect,
    parts: ['violations', 'audiences', 'jobs', 'channels'],
    membersOf: ({ state }, id) => state.audience(id)?.members ?? null,
    jobOf: ({ state }, id) => state.job(id),
    remove: ({ state }, id) => state.deleteAudience(id),
  }),
  'POST audiences': ({ world, body }) => ok({ id: addElsewhere(world, readElsewhere(body)).id }),
  'POST audiences/*': ({ world, id, body }) => {
    const { state } = world;
    if (!state.audience(id)) return null;
    const { name, status } = read(change, body, 'the body');
    if (name !== undefined) state.renameAudience(id, name);
    if (status !== undefined) state.forceStatus(id, status === 'OWN' ? null : status);
    return ok(inspect(world).audiences.find((shown) => shown.id === id));
  },
  'POST channels/*/keys': ({ world, id, body }) => {
    const channel = world.state.channels.get(id);
    if (!channel) return null;
    const { kid, publicKey } = read(key, body, 'the body');
    const privateKey = registerKey(channel, kid, publicKey);
    return ok(privateKey === undefined ? { kid } : { kid, privateKey });
  },
  'POST channels/*/tokens': ({ world, id }) => {
    if (!world.state.channels.has(id)) return null;
    return ok({ accessToken: world.state.tokens.issue(id, world.settings.tokenMs) });
  },
  'POST channels/*/expire-tokens': ({ world, id }) => {
    if (!world.state.channels.has(id)) return null;
    world.state.tokens.expire(id);
    return ok({ id });
  },
};

/** The admin requests of this simulator. They need no token, so they are for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import { fields, read, SimulatorInputError, text, toggle } from '../shared/input.ts';
import { uploadHandlers } from '../shared/upload-handlers.ts';
import { accountChange, accountFields, newAccount } from './accounts.ts';
import { addElsewhere, readElsewhere } from './elsewhere.ts';
import { outOfBand } from './grants.ts';
import { inspect } from './inspect.ts';
import type { World } from './world.ts';

const change = fields({
  name: text.optional(),
  inUse: toggle.optional(),
  isShared: toggle.optional(),
  dataConnectionStopped: toggle.optional(),
});

const consentFields = fields({
  clientId: text.optional(),
  businessId: text.optional(),
  redirectUri: text.optional(),
});

export const handlers: AdminHandlers<World> = {
  ...uploadHandlers<World>('lists', {
    inspect,
    parts: ['violations', 'lists', 'jobs', 'accounts'],
    membersOf: ({ state }, id) => (state.list(id) ? state.members(id) : null),
    jobOf: ({ state }, id) => state.job(id),
    remove: ({ state }, id) => state.removeList(id),
  }),
  'POST lists': ({ world, body }) => ok({ id: addElsewhere(world, readElsewhere(body)).id }),
  'POST lists/*': ({ world, id, body }) => {
    const { state } = world;
    const list = state.list(id);
    if (!list) return null;
    const { name, inUse, isShared, dataConnectionStopped } = read(change, body, 'the body');
    if (name !== undefined) state.renameList(id, name);
    if (isShared !== undefined) list.isShared = isShared;
    if (inUse !== undefined) state.useList(id, inUse);
    if (dataConnectionStopped !== undefined) state.stopConnection(id, dataConnectionStopped);
    return ok(inspect(world).lists.find((shown) => shown.id === id));
  },
  'POST accounts': ({ world, body }) => {
    const account = newAccount(read(fields(accountFields), body, 'the body'));
    world.state.accounts.set(account.id, account);
    return ok(account);
  },
  'POST accounts/*': ({ world, id, body }) => {
    const account = world.state.accounts.get(id);
    const given = Object.entries(read(accountChange, body, 'the body')).filter(([, value]) => value !== undefined);
    return account ? ok(Object.assign(account, Object.fromEntries(given))) : null;
  },
  'POST grants': ({ world, body }) => {
    const { clientId, businessId } = read(consentFields, body, 'the body');
    return ok(grant(world, clientId, businessId));
  },
  'POST codes': ({ world, body }) => {
    const { redirectUri, clientId, businessId } = read(consentFields, body, 'the body');
    return ok({ code: newCode(world, redirectUri, clientId, businessId) });
  },
  'POST business-ids/*/expire-tokens': forPerson((world, id) => world.state.grants.expireAccess(id)),
  'POST business-ids/*/delete-tokens': forPerson((world, id) => world.state.grants.deleteTokens(id)),
};

function forPerson(act: (world: World, businessId: string) => void): AdminHandlers<World>[string] {
  return ({ world, id }) => {
    if (!world.people.some(({ businessId }) => businessId === id)) return null;
    act(world, id);
    return ok({ id });
  };
}

/** Tokens as if a person had just consented, and the code had been used. By default for the first application. */
export function grant(
  world: World,
  givenClient?: string,
  givenPerson?: string,
): { readonly accessToken: string; readonly refreshToken: string } {
  const { clientId, businessId } = consenting(world, givenClient, givenPerson);
  const { grants } = world.state;
  const given = grants.newGrant(clientId, businessId);
  return {
    accessToken: grants.newAccessToken(given, world.settings.tokenMs),
    refreshToken: given.refreshToken,
  };
}

/** The code that a person gets who consents. It is shown on a page, unless there is an address to return to. */
export function newCode(world: World, redirectUri = outOfBand, givenClient?: string, givenPerson?: string): string {
  const { clientId, businessId } = consenting(world, givenClient, givenPerson);
  return world.state.grants.newCode(clientId, businessId, redirectUri);
}

/** Who consents, and for which application. By default the first person, and the first application. */
function consenting(
  { clients, people }: World,
  clientId = [...clients.keys()][0]!,
  businessId = people[0]?.businessId ?? '',
) {
  if (!clients.has(clientId)) throw new SimulatorInputError(`There is no client ${JSON.stringify(clientId)}.`);
  if (!people.some((person) => person.businessId === businessId))
    throw new SimulatorInputError(`There is no Business ID ${JSON.stringify(businessId)}.`);
  return { clientId, businessId };
}

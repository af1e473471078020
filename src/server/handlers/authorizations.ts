/** Authorizations, and the providers that they belong to. */
import type { Authorization } from '../../contracts/authorizations.ts';
import { providers } from '../../contracts/providers/index.ts';
import { typesOf } from '../../domain/destinations/index.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import { mayDo, type Role } from '../../domain/people/people.ts';
import type { authorizationEndpoints, providerEndpoints } from '../../endpoints/authorizations.ts';
import type { Deps, Handlers } from '../handler.ts';

export const authorizationHandlers = ({
  useCases: { authorizations, consents },
}: Deps): Handlers<typeof authorizationEndpoints> => ({
  'GET /authorizations': async ({ principal }) => ({
    items: (await authorizations.list()).map((found) => shownTo(principal.role, found)),
  }),
  'POST /authorizations': ({ body, principal, creation }) =>
    authorizations.create(body, principal, creation, principal.role),
  'GET /authorizations/:id': async ({ params, principal }) =>
    shownTo(principal.role, await authorizations.get(params.id)),
  'PATCH /authorizations/:id': ({ params, body: { revision, ...change }, principal }) =>
    authorizations.change(params.id, revision, change, principal, principal.role),
  'DELETE /authorizations/:id': ({ params, principal }) => authorizations.delete(params.id, principal),
  'POST /authorizations/:id/verify': ({ params, body, principal, signal }) =>
    authorizations.verify(params.id, { adAccountId: body.adaccount_id }, principal, signal),
  'POST /authorizations/:id/consent': ({ params, body, principal }) =>
    consents.begin(params.id, body, principal, principal.user !== null),
  'POST /authorizations/:id/consent/code': async ({ params, body, principal }) => {
    await consents.enterCode(params.id, body.code, principal);
    return authorizations.get(params.id);
  },
  'DELETE /authorizations/:id/consent': async ({ params, principal }) => {
    await consents.disconnect(params.id, principal);
    return authorizations.get(params.id);
  },
  'GET /authorizations/:id/base-accounts': async ({ params, signal }) => ({
    items: await consents.baseAccounts(params.id, signal),
  }),
  'PUT /authorizations/:id/base-account': async ({ params, body, principal, signal }) => {
    await consents.chooseBaseAccount(params.id, body, principal, signal);
    return authorizations.get(params.id);
  },
  'GET /authorizations/:id/jobs': async ({ params }) => ({ items: await authorizations.usedBy(params.id) }),
});

/** Where the secrets are, and with which account a person signs in elsewhere, is nothing that viewers need to know. */
function shownTo(role: Role, authorization: Authorization): Authorization {
  if (mayDo(role, 'authorizations.write')) return authorization;
  const { references: _, connection, ...shown } = authorization;
  return { ...shown, ...(connection && { connection: { ...connection, identity: null } }) };
}

const destinationView = ({
  owner,
  modes,
  leaving,
  account,
  identifiers,
  sharing,
  file,
  name,
  extras = [],
  takesOver,
  lifeDays,
}: DestinationTraits) => ({
  owner,
  modes,
  leaving,
  account,
  identifiers: typesOf({ identifiers }).map((type) => {
    const { sent = [], kinds = [] } = identifiers[type] ?? {};
    return { type, sent, kinds };
  }),
  sharing,
  min_members: file.minRecords,
  max_name_length: name.maxLength,
  extras,
  takes_over: takesOver ?? null,
  life_days: lifeDays,
});

const items = providers.map(({ id, label, about, role, methods, jobTypes, destination, notes = [] }) => ({
  id,
  label,
  about,
  role,
  notes,
  methods: methods.map((method) => ({
    id: method.id,
    label: method.label,
    help: method.help,
    steps: method.steps ?? [],
    fields: method.fields,
    ...(method.consent && { consent: method.consent }),
  })),
  job_types: jobTypes,
  destination: destination ? destinationView(destination) : null,
}));

export const providerHandlers = (): Handlers<typeof providerEndpoints> => ({
  'GET /providers': () => ({ items }),
});

/** Authorizations, and the providers that they belong to. */
import type { Authorization } from '../../contracts/authorizations.ts';
import { providers } from '../../contracts/providers/index.ts';
import { identifierTypes } from '../../domain/audiences/requests.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import { mayDo, type Role } from '../../domain/people/people.ts';
import type { authorizationEndpoints, providerEndpoints } from '../../endpoints/authorizations.ts';
import type { Deps, Handlers } from '../handler.ts';

export const authorizationHandlers = ({
  useCases: { authorizations },
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
  'GET /authorizations/:id/jobs': async ({ params }) => ({ items: await authorizations.usedBy(params.id) }),
});

/** Where the secrets are is nothing that viewers need to know. */
const shownTo = (role: Role, { references, ...authorization }: Authorization): Authorization => ({
  ...authorization,
  ...(references && mayDo(role, 'authorizations.write') && { references }),
});

const destinationView = ({ modes, leaving, account, identifiers, sharing, file, name }: DestinationTraits) => ({
  modes,
  leaving,
  account,
  identifiers: identifierTypes.flatMap((type) => {
    const identifier = identifiers[type];
    return identifier ? [{ type, sent: identifier.sent }] : [];
  }),
  sharing,
  min_members: file.minRecords,
  max_name_length: name.maxLength,
});

const items = providers.map(({ id, label, about, role, methods, jobTypes, destination }) => ({
  id,
  label,
  about,
  role,
  methods: methods.map((method) => ({
    id: method.id,
    label: method.label,
    help: method.help,
    fields: method.fields,
  })),
  job_types: jobTypes,
  destination: destination ? destinationView(destination) : null,
}));

export const providerHandlers = (): Handlers<typeof providerEndpoints> => ({
  'GET /providers': () => ({ items }),
});

/** What a job refers to: sources, uploads, authorizations, providers, and the custom audiences at LINE. */

import { providers } from '../../contracts/providers.ts';
import type { authorizationEndpoints } from '../../endpoints/authorizations.ts';
import type { customAudienceEndpoints } from '../../endpoints/custom-audiences.ts';
import type { providerEndpoints } from '../../endpoints/providers.ts';
import type { sourceEndpoints } from '../../endpoints/sources.ts';
import type { uploadEndpoints } from '../../endpoints/uploads.ts';
import type { Deps, Handlers } from '../handler.ts';

export const sourceHandlers = ({ useCases: { sources } }: Deps): Handlers<typeof sourceEndpoints> => ({
  'GET /sources': async () => ({ items: await sources.list() }),
  'GET /sources/audiences': ({ query: { authorization_id = null, ...page }, signal }) =>
    sources.audiences(authorization_id, page, signal),
  'GET /sources/fields': ({
    query: { authorization_id = null, segment_id, ...options },
    principal,
    signal,
  }) => sources.fields(principal.role, authorization_id, segment_id, signal, options),
  'POST /sources/sample': ({ body, principal, signal }) => sources.sample(principal.role, body, signal),
  'POST /sources/preview': ({ body, principal, signal }) => sources.preview(principal.role, body, signal),
});

export const uploadHandlers = ({ useCases: { uploads } }: Deps): Handlers<typeof uploadEndpoints> => ({
  'GET /uploads': async () => ({ items: await uploads.list(), max_bytes: uploads.maxBytes }),
  'GET /uploads/:id': ({ params }) => uploads.get(params.id),
  'POST /uploads': ({ query, content, principal, signal }) =>
    uploads.create(query, content, principal, signal),
  'PATCH /uploads/:id': ({ params, body, principal }) => uploads.change(params.id, body.policy, principal),
  'DELETE /uploads/:id': ({ params, principal }) => uploads.delete(params.id, principal),
});

export const authorizationHandlers = ({
  useCases: { authorizations },
}: Deps): Handlers<typeof authorizationEndpoints> => ({
  'GET /authorizations': async () => ({ items: await authorizations.list() }),
  'POST /authorizations': ({ body, principal, creation }) => authorizations.create(body, principal, creation),
  'GET /authorizations/:id': ({ params }) => authorizations.get(params.id),
  'PATCH /authorizations/:id': ({ params, body: { revision, ...change }, principal }) =>
    authorizations.change(params.id, revision, change, principal),
  'DELETE /authorizations/:id': ({ params, principal }) => authorizations.delete(params.id, principal),
  'POST /authorizations/:id/verify': ({ params, body, principal, signal }) =>
    authorizations.verify(params.id, { adAccountId: body.adaccount_id }, principal, signal),
  'GET /authorizations/:id/jobs': async ({ params }) => ({ items: await authorizations.usedBy(params.id) }),
});

export const customAudienceHandlers = ({
  useCases: { customAudiences },
}: Deps): Handlers<typeof customAudienceEndpoints> => ({
  'GET /ad-accounts': ({ query, signal }) => customAudiences.accounts(query.authorization_id, signal),
  'GET /custom-audiences': ({ query, signal }) => customAudiences.list(query, signal),
  'GET /custom-audiences/:id': ({ query, params, signal }) => customAudiences.get(query, params.id, signal),
  'GET /custom-audiences/:id/size': ({ query, params, signal }) =>
    customAudiences.size(query, params.id, signal),
  'PATCH /custom-audiences/:id': ({ params, body: { name, ...account }, principal }) =>
    customAudiences.rename(account, params.id, name, principal),
  'DELETE /custom-audiences/:id': ({ query, params, principal }) =>
    customAudiences.delete(query, params.id, principal),
  'POST /custom-audiences/overlap': ({ body, signal }) => customAudiences.overlap(body, signal),
  'POST /custom-audiences/lookalikes': ({ body, principal }) => customAudiences.lookalike(body, principal),
});

const items = providers.map(({ id, label, role, methods, jobTypes }) => ({
  id,
  label,
  role,
  methods: methods.map((method) => ({ id: method.id, label: method.label, fields: method.fields })),
  job_types: jobTypes,
}));

export const providerHandlers = (): Handlers<typeof providerEndpoints> => ({
  'GET /providers': () => ({ items }),
});

/**
 * Authorizations: stored credentials, whose configuration the API never returns; and the providers that they are for.
 */
import { z } from 'zod';
import { authorization, authorizationChange, newAuthorization, verification } from '../contracts/authorizations.ts';
import { baseAccount, baseAccountChoice, consentAttempt, consentCode, newConsent } from '../contracts/consents.ts';
import { jobType } from '../contracts/providers/index.ts';
import { exportModes } from '../domain/audiences/requests.ts';
import { identifierType } from '../domain/runs/run.ts';
import { adAccountId } from '../domain/values/bounds.ts';
import { itemsOf } from '../domain/values/paging.ts';
import { byId, created, endpoint, noContent, ok, revision } from './endpoint.ts';

const read = { tag: 'Authorizations', access: 'authorizations.read' } as const;
const write = { tag: 'Authorizations', access: 'authorizations.write' } as const;

export const authorizationEndpoints = {
  'GET /authorizations': endpoint({
    ...read,
    operationId: 'listAuthorizations',
    summary: 'List authorizations',
    response: ok(itemsOf(authorization)),
  }),
  'POST /authorizations': endpoint({
    ...write,
    operationId: 'createAuthorization',
    summary: 'Create an authorization',
    idempotent: true,
    body: newAuthorization,
    response: created(authorization),
  }),
  'GET /authorizations/:id': endpoint({
    ...read,
    operationId: 'getAuthorization',
    summary: 'Get an authorization',
    params: byId,
    response: ok(authorization),
  }),
  'PATCH /authorizations/:id': endpoint({
    ...write,
    operationId: 'changeAuthorization',
    summary: 'Update an authorization or replace its credentials',
    params: byId,
    body: authorizationChange.extend({ revision }),
    response: ok(authorization),
  }),
  'DELETE /authorizations/:id': endpoint({
    ...write,
    operationId: 'deleteAuthorization',
    summary: 'Delete an unused authorization',
    params: byId,
    response: noContent,
  }),
  'POST /authorizations/:id/verify': endpoint({
    ...write,
    operationId: 'verifyAuthorization',
    summary: 'Verify the credentials of an authorization; for LINE Ads, with an ad account',
    params: byId,
    body: z.strictObject({ adaccount_id: adAccountId.optional() }),
    response: ok(verification),
  }),
  'POST /authorizations/:id/consent': endpoint({
    ...write,
    operationId: 'beginConsent',
    summary: 'Begin to connect an authorization; open the returned URL in the browser, and consent there',
    params: byId,
    body: newConsent,
    response: ok(consentAttempt),
  }),
  'POST /authorizations/:id/consent/code': endpoint({
    ...write,
    operationId: 'enterConsentCode',
    summary: 'Enter the code of a consent, and so connect the authorization',
    params: byId,
    body: consentCode,
    response: ok(authorization),
  }),
  'DELETE /authorizations/:id/consent': endpoint({
    ...write,
    operationId: 'endConsent',
    summary: 'Disconnect an authorization: forget its consent and its tokens',
    params: byId,
    response: ok(authorization),
  }),
  'GET /authorizations/:id/base-accounts': endpoint({
    ...write,
    operationId: 'listBaseAccounts',
    summary: 'List the base accounts that an authorization may use',
    params: byId,
    response: ok(itemsOf(baseAccount)),
  }),
  'PUT /authorizations/:id/base-account': endpoint({
    ...write,
    operationId: 'chooseBaseAccount',
    summary: 'Choose the base account of an authorization',
    params: byId,
    body: baseAccountChoice,
    response: ok(authorization),
  }),
  'GET /authorizations/:id/jobs': endpoint({
    ...read,
    operationId: 'listAuthorizationJobs',
    summary: 'List jobs that use an authorization',
    params: byId,
    response: ok(itemsOf(z.object({ id: z.string(), name: z.string() }))),
  }),
};

const configurationField = z.object({
  key: z.string(),
  label: z.string(),
  hint: z.string().optional(),
  secret: z.boolean(),
  required: z.boolean(),
  multiline: z.boolean().optional(),
  /** The environment variable with this value, for the command line. */
  variable: z.string().optional(),
});

const destination = z.object({
  /** Who runs it. */
  owner: z.string(),
  /** What an upload may do with the members that an audience has. */
  modes: z.array(z.enum(exportModes)).readonly(),
  /** How members leave: with the next export, never, or so many days after they came. */
  leaving: z.object({ by: z.enum(['replace', 'never', 'age']), days: z.array(z.int()).readonly().optional() }),
  /** What an account is. */
  account: z.enum(['ad_account', 'base_and_account', 'channel']),
  /** The identifier types, whether their values are sent hashed or raw, and the kinds that it must know. */
  identifiers: z
    .array(
      z.object({
        type: identifierType,
        sent: z.array(z.enum(['hashed', 'raw'])).readonly(),
        kinds: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  /** The identifier types that may fill one audience together. */
  sharing: z.array(identifierType).readonly(),
  /** An upload with fewer members is refused. */
  min_members: z.int(),
  /** Of the name of an audience, in characters. */
  max_name_length: z.int(),
  /** What it can do with audiences beside filling them. */
  extras: z.array(z.enum(['lookalike', 'overlap', 'shared'])).readonly(),
  /** The id of the destination whose audiences it takes over; null for none. */
  takes_over: z.string().nullable(),
  /** How many days after its creation an audience ends. Null: it does not end. */
  life_days: z.number().int().nullable(),
});

const provider = z.object({
  id: z.string(),
  label: z.string(),
  about: z.string(),
  role: z.enum(['destination', 'source']),
  methods: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      help: z.string(),
      /** Where its values are found, one step after another. */
      steps: z.array(z.string()).readonly(),
      fields: z.array(configurationField).readonly(),
      /** Whether a person must consent in the browser after it is saved. */
      consent: z
        .object({
          /** The field that no form shows: its value is chosen after the consent. */
          chooses: z.string().optional(),
        })
        .optional(),
    }),
  ),
  job_types: z.array(z.object({ id: jobType, label: z.string() })).readonly(),
  /** What a person should know of the audiences of a destination before something is sent. */
  notes: z.array(z.string()).readonly(),
  /** What a destination can do; null for a source. */
  destination: destination.nullable(),
});

/** The registry of providers, methods and job types, for clients that build forms. */
export const providerEndpoints = {
  'GET /providers': endpoint({
    operationId: 'listProviders',
    tag: 'Authorizations',
    summary: 'List providers with their methods and job types',
    access: 'signed_in',
    response: ok(itemsOf(provider)),
  }),
};

/** The registry of providers, methods and job types, for clients that build forms. */
import { z } from 'zod';
import { jobType } from '../contracts/providers.ts';
import { endpoint, ok } from './endpoint.ts';

const configurationField = z.object({
  key: z.string(),
  label: z.string(),
  secret: z.boolean(),
  required: z.boolean(),
  multiline: z.boolean().optional(),
});

const provider = z.object({
  id: z.string(),
  label: z.string(),
  role: z.enum(['destination', 'source']),
  methods: z.array(
    z.object({ id: z.string(), label: z.string(), fields: z.array(configurationField).readonly() }),
  ),
  job_types: z.array(z.object({ id: jobType, label: z.string() })).readonly(),
});

export const providerEndpoints = {
  'GET /providers': endpoint({
    operationId: 'listProviders',
    tag: 'Authorizations',
    summary: 'List the providers with their methods and job types',
    access: 'signed_in',
    response: ok(z.object({ items: z.array(provider) })),
  }),
};

/** The registry of providers, methods and job types, for clients that build forms. */
import { z } from 'zod';
import { jobType, providers } from '../../contracts/providers.ts';
import type { App } from './routes.ts';

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

const shown: z.infer<typeof provider>[] = providers.map(({ id, label, role, methods, jobTypes }) => ({
  id,
  label,
  role,
  methods: methods.map((method) => ({ id: method.id, label: method.label, fields: method.fields })),
  job_types: jobTypes,
}));

export function providerRoutes(app: App): void {
  app.get(
    '/providers',
    {
      config: { access: 'signed_in' },
      schema: {
        operationId: 'listProviders',
        tags: ['Authorizations'],
        summary: 'List the providers with their methods and job types',
        response: { 200: z.object({ items: z.array(provider) }) },
      },
    },
    () => ({ items: shown }),
  );
}

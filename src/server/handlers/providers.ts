/** The registry of providers, methods and job types, for clients that build forms. */
import { providers } from '../../contracts/providers.ts';
import type { providerEndpoints } from '../../endpoints/providers.ts';
import type { Handlers } from '../handler.ts';

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

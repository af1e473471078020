import { z } from 'zod';
import type { Provider } from './provider.ts';
import { key, origin } from './rules.ts';

export const lytics: Provider = {
  id: 'lytics',
  label: 'Lytics',
  role: 'source',
  methods: [
    {
      id: 'lytics_api_token',
      label: 'Lytics API Token',
      fields: [
        { key: 'token', label: 'API Token', secret: true, required: true, variable: 'LYTICS_API_TOKEN' },
        { key: 'origin', label: 'API Origin', secret: false, required: false, variable: 'LYTICS_ORIGIN' },
      ],
      configuration: z.strictObject({ token: key, origin: origin.default('https://api.lytics.io') }),
    },
  ],
  jobTypes: [],
  source: { written: null, files: false },
  connectionField: 'token',
};

import { z } from 'zod';
import { issueText } from '../../domain/text/sentence.ts';
import type { Provider } from './provider.ts';
import { key, origin } from './rules.ts';

export const lytics: Provider = {
  id: 'lytics',
  label: 'Lytics',
  about: issueText`Audiences of a Lytics account.`,
  role: 'source',
  methods: [
    {
      id: 'lytics_api_token',
      label: issueText`Lytics API Token`,
      help: issueText`A token with the right to read audiences and the schema.`,
      connectionField: 'token',
      fields: [
        {
          key: 'token',
          label: issueText`API Token`,
          secret: true,
          required: true,
          variable: 'LYTICS_API_TOKEN',
        },
        {
          key: 'origin',
          label: issueText`API Origin`,
          secret: false,
          required: false,
          variable: 'LYTICS_ORIGIN',
        },
      ],
      configuration: z.strictObject({ token: key, origin: origin.default('https://api.lytics.io') }),
    },
  ],
  jobTypes: [],
  source: { written: null, files: false, hashes: false },
};

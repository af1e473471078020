import { z } from 'zod';
import { lyAdsTraits } from '../../domain/destinations/ly-ads.ts';
import { issueText } from '../../domain/text/sentence.ts';
import type { Provider } from './provider.ts';
import { key } from './rules.ts';

export const lyAds: Provider = {
  id: lyAdsTraits.id,
  label: lyAdsTraits.label,
  about: issueText`Where audiences are sent.`,
  role: 'destination',
  methods: [
    {
      id: 'ly_ads_application',
      label: issueText`LY Ads application`,
      help: issueText`The application of your company at LY, with the right to use the Display Ads API. After you save it, a person with a Business ID connects it.`,
      fields: [
        { key: 'client_id', label: issueText`Client ID`, secret: false, required: true },
        { key: 'client_secret', label: issueText`Client secret`, secret: true, required: true },
        {
          key: 'base_account_id',
          label: issueText`Base account`,
          hint: issueText`You choose it from a list after you connect.`,
          secret: false,
          required: false,
        },
        {
          key: 'column_headings',
          label: issueText`Column headings`,
          hint: issueText`Optional. “omit” sends files without a first row of headings. The usual value is “write”.`,
          secret: false,
          required: false,
        },
      ],
      consent: { chooses: 'base_account_id' },
      configuration: z.strictObject({
        client_id: key,
        client_secret: key,
        base_account_id: z
          .string()
          .trim()
          .max(16)
          .regex(/^\d*$/, issueText`Enter the number of the account.`)
          .default(''),
        column_headings: z.enum(['write', 'omit']).default('write'),
      }),
    },
  ],
  jobTypes: [{ id: lyAdsTraits.jobType, label: issueText`Export Audiences` }],
  destination: lyAdsTraits,
};

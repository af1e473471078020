import { z } from 'zod';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import { issueText } from '../../domain/text/sentence.ts';
import type { Provider } from './provider.ts';
import { key } from './rules.ts';

const groupId = z
  .string()
  .trim()
  .max(40)
  .regex(/^[A-Za-z0-9]*$/, issueText`Enter the group’s ID, for example G1.`);

export const lineAds: Provider = {
  id: lineAdsTraits.id,
  label: lineAdsTraits.label,
  about: issueText`Where audiences are sent.`,
  role: 'destination',
  methods: [
    {
      id: 'line_ads_api_key',
      label: issueText`LINE Ads API Key`,
      help: issueText`The Access Key and Secret Key of LINE’s Data Provider API.`,
      fields: [
        {
          key: 'access_key',
          label: issueText`Access Key`,
          secret: false,
          required: true,
          variable: 'LINE_ADS_ACCESS_KEY',
        },
        {
          key: 'secret_key',
          label: issueText`Secret Key`,
          secret: true,
          required: true,
          variable: 'LINE_ADS_SECRET_KEY',
        },
        // LINE lists only the ad accounts of a group.
        {
          key: 'group_id',
          label: issueText`Group ID`,
          hint: issueText`Optional. If you enter it, the export form lists the group’s ad accounts.`,
          secret: false,
          required: false,
        },
      ],
      configuration: z.strictObject({ access_key: key, secret_key: key, group_id: groupId.default('') }),
    },
  ],
  jobTypes: [{ id: lineAdsTraits.jobType, label: issueText`Export Audiences` }],
  destination: lineAdsTraits,
};

/** What the account of a destination is called. */
import type { DestinationView } from '../api/providers.ts';
import type { Key } from '../i18n/messages.ts';

const labels = {
  ad_account: 'form.adaccount_id',
  base_and_account: 'form.adaccount_id.plain',
  channel: 'form.adaccount_id.channel',
} as const satisfies Record<DestinationView['account'], Key>;

/** @param account undefined until it is known, and of a destination that only a newer service knows */
export const accountLabel = (account: DestinationView['account'] | undefined): Key =>
  labels[account ?? 'base_and_account'];

/** Access keys, the group that they belong to, its ad accounts and the requests that link them. */

type Role = 'data_provider' | 'ad_tech';

export interface AccessKey {
  accessKey: string;
  secretKey: string;
  role: Role;
  /** The ad accounts that the key may use. Absent: all that are linked to the group. */
  adAccounts?: string[];
}

export interface AdAccount {
  id: string;
  name: string;
  /** Whether it is linked to the group at the start. Others can be linked by a link request. */
  linked: boolean;
  removed: boolean;
  utcOffsetMinutes: number;
  created: number;
}

/** The data of an ad account in each market of LINE Ads. */
const markets = {
  540: { country: 'JP', currency: 'JPY', timezone: 'Asia/Tokyo' },
  480: { country: 'TW', currency: 'TWD', timezone: 'Asia/Taipei' },
  420: { country: 'TH', currency: 'THB', timezone: 'Asia/Bangkok' },
} as const;

/** Country, currency and time zone of an ad account, by its offset from UTC. */
export function marketOf({ utcOffsetMinutes }: AdAccount): {
  country: string;
  currency: string;
  timezone: string;
} {
  return markets[utcOffsetMinutes as keyof typeof markets] ?? markets[540];
}

export type LinkStatus = 'WAITING_APPROVAL' | 'REJECTED' | 'LINKED' | 'CANCELED' | 'UNLINKED';

export interface LinkRequest {
  id: string;
  targetAdaccountId: string;
  status: LinkStatus;
  created: number;
  /** When its status changed. Absent while it waits. */
  modified?: number;
}

/** The states in which each action is allowed, and the state after it. All others are refused. */
export const linkTransitions = {
  approve: { from: 'WAITING_APPROVAL', to: 'LINKED' },
  reject: { from: 'WAITING_APPROVAL', to: 'REJECTED' },
  cancel: { from: 'WAITING_APPROVAL', to: 'CANCELED' },
  unlink: { from: 'LINKED', to: 'UNLINKED' },
} as const satisfies Record<string, { from: LinkStatus; to: LinkStatus }>;

export type LinkAction = keyof typeof linkTransitions;

export function newAdAccount(given: Partial<AdAccount> & { id: string }): AdAccount {
  return {
    name: `Ad account ${given.id}`,
    linked: true,
    removed: false,
    utcOffsetMinutes: 540,
    created: Date.UTC(2025, 3, 1),
    ...given,
  };
}

/** Three linked ad accounts in Japan, one that is not linked yet, and one that was removed. */
export const defaultAdAccounts: AdAccount[] = [
  newAdAccount({ id: 'A1', name: 'Example Store', created: Date.UTC(2025, 3, 1) }),
  newAdAccount({ id: 'A2', name: 'Example Travel', created: Date.UTC(2025, 5, 1) }),
  newAdAccount({ id: 'A3', name: 'Example Games', created: Date.UTC(2025, 8, 1) }),
  newAdAccount({
    id: 'A8',
    name: 'Example Closed',
    linked: false,
    removed: true,
    created: Date.UTC(2024, 8, 1),
  }),
  newAdAccount({ id: 'A9', name: 'Example Partner', linked: false, created: Date.UTC(2026, 0, 1) }),
];

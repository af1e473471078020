/** The people who can consent, and the accounts that they see. */
import { z } from 'zod';
import { choice, fields, text, toggle } from '../shared/input.ts';

export const accountStatuses = ['INPROGRESS', 'WAIT_DECIDE', 'SERVING', 'SUSPENDED', 'ENDED'] as const;
export const authTypes = ['REFERABLE', 'UPDATABLE'] as const;
export type AuthType = (typeof authTypes)[number];

const id = z.string('digits').regex(/^[1-9]\d{0,18}$/, 'digits');

/** What can be said of an account. Only the id is needed. */
export const accountFields = {
  id,
  name: text.optional(),
  status: choice(...accountStatuses).optional(),
  /** The right of everybody with direct access. A child has the right of the base through which it is reached. */
  authType: choice(...authTypes).optional(),
  isMcc: toggle.optional(),
  isTest: toggle.optional(),
  /** Whether it may have customer data. If not, every call for its lists is 210003. */
  customerData: toggle.optional(),
  /** The id of the MCC that it belongs to. Absent: people have direct access to it. */
  parent: id.optional(),
};

export type GivenAccount = z.infer<z.ZodObject<typeof accountFields>>;
export type Account = Required<Omit<GivenAccount, 'parent'>> & Pick<GivenAccount, 'parent'>;

/** A change of an account, by somebody at LY. */
export const accountChange = fields(accountFields).omit({ id: true, parent: true });

export function newAccount(given: GivenAccount): Account {
  return {
    name: `Account ${given.id}`,
    status: 'SERVING',
    authType: 'UPDATABLE',
    isMcc: false,
    isTest: false,
    customerData: true,
    ...given,
  };
}

/** Somebody with a Business ID. */
export interface Person {
  readonly businessId: string;
  readonly name: string;
  /** The accounts with direct access. Absent: all accounts without a parent. */
  readonly accounts?: readonly string[];
  /** Absent: what the account says. */
  readonly authType?: AuthType;
}

export const defaultPeople: readonly Person[] = [
  { businessId: 'BIZ0001', name: 'Hanako, marketing' },
  { businessId: 'BIZ0002', name: 'Ren, may only look', authType: 'REFERABLE' },
  { businessId: 'BIZ0003', name: 'Aoi, without accounts', accounts: [] },
];

/** An MCC with all kinds of children, an account of its own, and another one that may only be read. */
export const defaultAccounts: readonly Account[] = [
  { id: '1001', name: 'Example Group', isMcc: true },
  { id: '1011', name: 'Example Store', parent: '1001' },
  { id: '1012', name: 'Example Travel', parent: '1001' },
  { id: '1013', name: 'Example Test', parent: '1001', isTest: true },
  { id: '1014', name: 'Example Clinic', parent: '1001', customerData: false },
  { id: '1015', name: 'Example Paused', parent: '1001', status: 'SUSPENDED' as const },
  { id: '1016', name: 'Example Closed', parent: '1001', status: 'ENDED' as const },
  { id: '1017', name: 'Example Soon', parent: '1001', status: 'WAIT_DECIDE' as const },
  { id: '2001', name: 'Example Games' },
  { id: '2002', name: 'Example Sandbox', isTest: true },
  { id: '3001', name: 'Example Partner', authType: 'REFERABLE' as const },
].map(newAccount);

/** The right of this person to an account without a detour, or undefined. */
export function directRight(person: Person, account: Account): AuthType | undefined {
  const allowed = person.accounts ? person.accounts.includes(account.id) : account.parent === undefined;
  return allowed ? (person.authType ?? account.authType) : undefined;
}

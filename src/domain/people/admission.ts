/** What follows for an account from what the provider of single sign-on says about the person. Pure. */
import type { DisabledBecause, Role } from './people.ts';

/** Why single sign-on lets somebody not in: in the address of the sign-in page, which has a sentence for each. */
export const signInRefusals = ['no_group', 'groups_left_out', 'groups_unreadable', 'provider_failed'] as const;
export type SignInRefusal = (typeof signInRefusals)[number];

/** What the provider says about a person. */
export type Admission =
  /** @property role null when groups decide nothing · group the one that gives the role */
  | { readonly admitted: true; readonly role: Role | null; readonly group: string | null }
  | { readonly admitted: false; readonly why: SignInRefusal };

export interface AccountState {
  readonly role: Role | null;
  readonly disabled: boolean;
  readonly because: DisabledBecause | null;
}

/** What an account changes to. Keys that do not change are left out. */
export interface AccountChange {
  readonly role?: Role;
  /** Null: the person may come in again. */
  readonly disabled?: DisabledBecause | null;
}

/**
 * What the provider took away, it gives back. It never undoes what an administrator did, and nothing follows from what
 * nobody could read.
 */
export function changeBy(account: AccountState, admission: Admission): AccountChange {
  if (!admission.admitted) {
    return admission.why === 'no_group' && !account.disabled ? { disabled: 'no_group' } : {};
  }
  const { role } = admission;
  const byProvider = account.because === 'no_group' || account.because === 'provider';
  return {
    ...(role !== null && role !== account.role && { role }),
    ...(account.disabled && byProvider && { disabled: null }),
  };
}

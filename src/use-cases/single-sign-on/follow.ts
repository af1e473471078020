/** Lets an account follow what the provider of single sign-on says: role, disabled or not, each in the audit log. */
import type { EventLog } from '../../contracts/event-log.ts';
import type { OidcConfig } from '../../contracts/single-sign-on.ts';
import { type AccountChange, type Admission, changeBy } from '../../domain/people/admission.ts';
import { groupsIn, roleOfGroups } from '../../domain/people/groups.ts';
import { type DisabledBecause, system } from '../../domain/people/people.ts';
import { type Db, onCommit, type Tx, transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import {
  type Account,
  changeRole,
  disableAccount,
  enableAccount,
  hasAdministrator,
  lockAccount,
} from '../../store/repositories/single-sign-on.ts';
import type { SecretBox } from '../../store/secrets/secret-box.ts';
import { auditEntries } from '../audit-log.ts';

export interface SignOnDeps {
  readonly config: OidcConfig;
  readonly db: Db;
  readonly box: SecretBox;
  readonly log: EventLog;
  readonly now: () => Date;
}

const audit = auditEntries('user');

const GROUPS = 'groups';

export const groupsClaim = ({ groupsClaim: claim = GROUPS }: OidcConfig): string => claim;

/** Whether the claims about a person are those that this installation needs. */
export function isEnough(config: OidcConfig, claims: Readonly<Record<string, unknown>>): boolean {
  if (typeof claims.sub !== 'string' || typeof claims.email !== 'string') return false;
  if (!config.roles) return true;
  const found = groupsIn(claims, groupsClaim(config));
  return found.problem !== undefined || found.groups.size > 0;
}

/** What the claims about a person say: the role, or why not. */
export function admissionOf(config: OidcConfig, claims: Readonly<Record<string, unknown>>): Admission {
  if (!config.roles) return { admitted: true, role: null, group: null };
  const { groups, problem } = groupsIn(claims, groupsClaim(config));
  if (problem !== undefined) return { admitted: false, why: `groups_${problem}` };
  const given = roleOfGroups(config.roles, groups);
  return given ? { admitted: true, ...given } : { admitted: false, why: 'no_group' };
}

/** Changes the account in this transaction. */
export async function follow(tx: Tx, deps: SignOnDeps, userId: string, admission: Admission): Promise<void> {
  const account = await lockAccount(tx, userId);
  if (!account) return;
  const group = admission.admitted ? admission.group : null;
  await apply(tx, deps, account, changeBy(account, admission), group);
}

/** The provider does not know the person any more. */
export async function disable(tx: Tx, deps: SignOnDeps, userId: string, because: DisabledBecause): Promise<void> {
  const account = await lockAccount(tx, userId);
  if (account && !account.disabled) await apply(tx, deps, account, { disabled: because }, null);
}

/** The entries of people whose sessions were ended for them. @param ended how many, by person */
export async function recordSignOuts(
  { db, now }: Pick<SignOnDeps, 'db' | 'now'>,
  ended: ReadonlyMap<string, number>,
  because?: string,
): Promise<void> {
  for (const [subjectId, sessions] of ended) {
    const detail = { single_sign_on: true, sessions, ...(because !== undefined && { because }) };
    const entry = { action: 'session.delete', subjectType: 'user', subjectId, detail };
    await transaction(db, (tx) => recordAudit(tx, system, entry, now()));
  }
}

async function apply(
  tx: Tx,
  { log, now }: SignOnDeps,
  account: Account,
  { role, disabled }: AccountChange,
  group: string | null,
): Promise<void> {
  if (role === undefined && disabled === undefined) return;
  const { id } = account;
  if (role !== undefined) await changeRole(tx, id, role, now());
  if (disabled === null) await enableAccount(tx, id, now());
  if (disabled) await disableAccount(tx, id, disabled, system.name, now());
  await recordAudit(
    tx,
    system,
    audit('change', id, {
      single_sign_on: true,
      changes: {
        ...(role !== undefined && { role: [account.role, role] }),
        ...(disabled !== undefined && { disabled: [account.disabled, disabled !== null] }),
      },
      ...(disabled && { because: disabled }),
      ...(role !== undefined && group !== null && { group }),
    }),
    now(),
  );
  const action = disabled ? 'disable' : disabled === null ? 'enable' : 'role';
  onCommit(tx, () => log.record('person.changed_by_provider', { actor_id: id, action, to: disabled ?? role }));
  // The provider decides, also about the last administrator. But nobody is locked out unnoticed.
  if (account.role === 'administrator' && !(await hasAdministrator(tx))) {
    onCommit(tx, () => log.record('person.no_administrator', { actor_id: id }));
  }
}

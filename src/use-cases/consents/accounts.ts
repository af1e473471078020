/** The base account of an authorization: the list that whoever has consented can use, and the choice from it. */
import type { BaseAccountView } from '../../contracts/consents.ts';
import type { BaseAccounts, Destination } from '../../destinations/destination.ts';
import type { Actor } from '../../domain/people/people.ts';
import { wrongValue } from '../../domain/text/localized.ts';
import { localized, sentence } from '../../domain/text/sentence.ts';
import { transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { changeAuthorization, getAuthorization, revealConfiguration } from '../../store/repositories/authorizations.ts';
import { nameAccount } from '../../store/repositories/consents.ts';
import { auditEntries } from '../audit-log.ts';
import { type FoundHealth, keepHealth } from '../authorization-health.ts';
import type { UseCaseDeps } from '../deps.ts';
import { destinationWith, interactive } from '../destinations.ts';
import { consentOf, consentRules } from './connection.ts';

/** More would be of no use in a list. */
const MAX_ACCOUNTS = 2_000;

const audit = auditEntries('authorization');

/** Undefined where nobody chooses one. */
export const baseAccountsOf = async (
  destination: Destination,
  signal: AbortSignal,
): Promise<BaseAccounts | undefined> => destination.baseAccounts?.(MAX_ACCOUNTS, signal);

export async function listBaseAccounts(
  deps: UseCaseDeps,
  id: string,
  signal: AbortSignal,
): Promise<readonly BaseAccountView[]> {
  await consentRules(await getAuthorization(deps.db, id));
  const found = await baseAccountsOf(await destinationWith(deps.destinations, id, interactive), signal);
  return (found?.accounts ?? []).map(({ id: accountId, name, isManager, unusable }) => ({
    id: accountId,
    name,
    is_manager: isManager,
    problem: unusable && localized(unusable),
  }));
}

/** @throws {LineupError} `changed_meanwhile`; `invalid_argument` for an account that cannot be chosen */
export async function chooseBaseAccount(
  deps: UseCaseDeps,
  id: string,
  { revision, account_id }: { readonly revision: number; readonly account_id: string },
  actor: Actor,
  signal: AbortSignal,
): Promise<void> {
  const { db, box, now } = deps;
  const authorization = await getAuthorization(db, id);
  await consentRules(authorization);
  const chooses = consentOf(authorization)?.chooses;
  const found = await baseAccountsOf(await destinationWith(deps.destinations, id, interactive), signal);
  const account = found?.accounts.find((known) => known.id === account_id);
  if (!account || chooses === undefined) {
    throw wrongValue('account_id', sentence`The Business ID that is connected cannot use this account.`);
  }
  if (account.unusable) throw wrongValue('account_id', account.unusable);
  const before = (await revealConfiguration(db, box, id)).reveal();
  await transaction(db, async (tx) => {
    const configuration = { ...before, [chooses]: account.id };
    const saved = await changeAuthorization(tx, box, { id, revision, change: { configuration }, actor, now: now() });
    await nameAccount(tx, id, account);
    await keepHealth(deps, tx, saved, { health: 'healthy', reason: null });
    const detail = { label: saved.label, account_id: account.id, before: before[chooses] || null };
    await recordAudit(tx, actor, audit('choose_account', id, detail), now());
  });
}

/**
 * The health after a consent, or a look at it.
 * @param chosen the account of the configuration; undefined where nobody chooses one
 */
export function healthWith(found: BaseAccounts | undefined, chosen: string | undefined): FoundHealth {
  if (chosen === undefined) return { health: 'healthy', reason: null };
  if (chosen === '') {
    return { health: 'unknown', reason: localized(sentence`The authorization is connected. Choose its base account.`) };
  }
  const account = found?.accounts.find(({ id }) => id === chosen);
  if (!account) {
    return {
      health: 'unhealthy',
      reason: localized(
        sentence`The Business ID that is connected cannot use the base account ${chosen}. Choose another account, or connect with a Business ID that has the right to it.`,
      ),
    };
  }
  if (account.unusable) return { health: 'unhealthy', reason: localized(account.unusable) };
  return { health: 'healthy', reason: null };
}

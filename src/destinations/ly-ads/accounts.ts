/** The accounts of whoever has consented. */
import type { LyAdsClient, BaseAccount as LyBaseAccount } from '../../../packages/ly-ads/src/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Account, BaseAccount, BaseAccounts } from '../destination.ts';
import { explained } from './failure.ts';
import { hasNextPage } from './lists.ts';

/** As many base accounts as LY gives at once. */
const MAX_AT_ONCE = 200;

export async function baseAccounts(client: LyAdsClient, max: number, signal: AbortSignal): Promise<BaseAccounts> {
  const accounts: BaseAccount[] = [];
  let consentedAs: string | null = null;
  for (let page = 1; ; page += 1) {
    const answer = await explained(client.baseAccounts.page({ page, numberResults: MAX_AT_ONCE, signal }));
    consentedAs ??= answer.authorizationBusinessId;
    accounts.push(...answer.items.map(baseAccountOf));
    if (!hasNextPage(answer, page, MAX_AT_ONCE) || accounts.length >= max)
      return { consentedAs, accounts: accounts.slice(0, max) };
  }
}

const baseAccountOf = (account: LyBaseAccount): BaseAccount => ({
  id: account.accountId,
  name: account.accountName,
  isManager: account.isMccAccount === true,
  unusable: problemOfRight(account) ?? problemOfBase(account),
});

/** Why nothing may be sent through a base account. */
export const problemOfRight = ({ authType, accountId }: Pick<LyBaseAccount, 'authType' | 'accountId'>) =>
  authType === 'UPDATABLE'
    ? null
    : sentence`The Business ID that has consented may only look at account ${accountId}. Ask for the right to edit it, or connect with another Business ID.`;

function problemOfBase(account: LyBaseAccount): Sentence | null {
  if (account.isMccAccount === true) return statusProblem(account);
  return problemOfAccount(account);
}

/** Why LY would take no upload for an ad account. */
export const problemOfAccount = (
  account: Pick<LyBaseAccount, 'accountId' | 'accountStatus' | 'isTestAccount'>,
): Sentence | null =>
  account.isTestAccount === true
    ? sentence`Account ${account.accountId} is a test account. LY Ads takes no uploads for it.`
    : statusProblem(account);

const statusProblem = ({ accountId, accountStatus }: Pick<LyBaseAccount, 'accountId' | 'accountStatus'>) =>
  accountStatus === 'SERVING'
    ? null
    : sentence`Account ${accountId} is not serving: LY Ads shows it as ${accountStatus ?? 'UNKNOWN'}.`;

/** The ad accounts that members can be sent to: those below the base account, or itself. */
export async function adAccounts(
  client: LyAdsClient,
  base: string | null,
  max: number,
  signal: AbortSignal,
): Promise<Account[]> {
  const baseId = requireBase(base);
  const found: Account[] = [];
  const add = (account: Pick<LyBaseAccount, 'accountId' | 'accountName' | 'accountStatus' | 'isTestAccount'>) => {
    const isOver = account.isTestAccount === true || account.accountStatus === 'ENDED';
    if (!isOver) found.push({ id: account.accountId, name: account.accountName });
  };
  const read = async () => {
    for await (const account of client.accounts.list({ signal })) {
      add(account);
      if (found.length === max) return;
    }
    if (found.length > 0) return;
    // Whether LY lists an ad account below itself is not documented.
    const { items } = await client.baseAccounts.page({ accountIds: [baseId], signal });
    for (const account of items) if (account.isMccAccount === false) add(account);
  };
  await explained(read());
  return found.slice(0, max);
}

/** @throws {LineupError} */
export function requireBase(base: string | null): string {
  if (base !== null) return base;
  throw new LineupError(
    'line_unauthorized',
    sentence`This authorization of LY Ads has no base account yet. Connect it, and choose the base account.`,
  );
}

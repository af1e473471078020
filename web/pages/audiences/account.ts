/** Whose audiences the page opens with: those of the address, those that were chosen last, or those that jobs fill. */
import { useQuery } from '@tanstack/react-query';
import type { AdAccountRef } from '../../../src/contracts/custom-audiences.ts';
import { adAccountsQuery } from '../../api/custom-audiences.ts';

const AUTHORIZATION = 'lineup.authorization';
const ACCOUNT = 'lineup.account';

export function rememberAccount({ authorization_id, adaccount_id }: AdAccountRef): void {
  localStorage.setItem(AUTHORIZATION, authorization_id);
  localStorage.setItem(ACCOUNT, adaccount_id);
}

interface Asked {
  readonly authorization?: string | undefined;
  readonly account?: string | undefined;
}

/** @param usable the authorizations that have audiences */
export function useAccount(
  { authorization, account }: Asked,
  usable: readonly { readonly id: string }[],
): { readonly account: AdAccountRef; readonly isChoosing: boolean } {
  const last = localStorage.getItem(AUTHORIZATION);
  const authorization_id = authorization ?? usable.find(({ id }) => id === last)?.id ?? usable[0]?.id ?? '';
  // What was chosen before version 0.3 has no authorization.
  const isOfLast = last === null || last === authorization_id;
  const given = account ?? ((isOfLast && localStorage.getItem(ACCOUNT)) || '');
  const accounts = useQuery({ ...adAccountsQuery(authorization_id), enabled: authorization_id !== '' && given === '' });
  const [mostUsed] = accounts.data?.items.toSorted((before, after) => after.jobs - before.jobs) ?? [];
  const isOnly = accounts.data?.items.length === 1;
  return {
    account: {
      authorization_id,
      adaccount_id: given || (mostUsed && (mostUsed.jobs > 0 || isOnly) ? mostUsed.id : ''),
    },
    isChoosing: given === '' && accounts.isPending && accounts.isFetching,
  };
}

/**
 * Finds the same audience in a destination that has taken it over, as LY Ads those of LINE Ads. It reads the lists of
 * an account at most every ten minutes, however many people look.
 */

import { DeadlineError, withDeadline } from '../../packages/client-core/src/timing.ts';
import type { Authorization } from '../contracts/authorizations.ts';
import type { Twins, TwinsRequest } from '../contracts/custom-audiences.ts';
import type { CustomAudiences } from '../contracts/use-cases.ts';
import type { Audience, TakenOver } from '../destinations/destination.ts';
import { twinsAmong } from '../domain/audiences/twins.ts';
import { successorsOf } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { localized, type Sentence, sentence, sentenceOf } from '../domain/text/sentence.ts';
import { getAuthorization, jobsUsing, listAuthorizations } from '../store/repositories/authorizations.ts';
import type { UseCaseDeps } from './deps.ts';
import { destinationWith, interactive } from './destinations.ts';
import { Reuse } from './reuse.ts';

const MINUTE = 60_000;
/** It looks in so many accounts. */
const MAX_ACCOUNTS = 20;
/** It reads so many lists of an account. An account has at most some hundreds. */
const MAX_LISTS = 2_000;
/** How long it waits for the lists of an account, or for the accounts of an authorization. */
const LONGEST_MS = 30_000;

/** What was read, or why it could not be read. */
interface Read<T> {
  readonly items: readonly T[];
  readonly problem: Sentence | null;
}

type Successor = Pick<Authorization, 'id' | 'label' | 'revision'>;

export function twinsUseCase({
  db,
  destinations,
  now,
  sleep,
}: Pick<UseCaseDeps, 'db' | 'destinations' | 'now' | 'sleep'>): CustomAudiences['twins'] {
  // Also what could not be read: the next one who looks must not ask again at once.
  const kept = { now: () => now(), isLarge: () => true, freshMs: 10 * MINUTE, longestMs: 30 * MINUTE };
  const accounts = new Reuse<Read<string>>(kept);
  const lists = new Reuse<Read<TakenOver>>(kept);

  /** Nobody's request stops it, because others may wait for the same. */
  const reading = <T>(read: (signal: AbortSignal) => Promise<readonly T[]>): Promise<Read<T>> =>
    withDeadline(LONGEST_MS, undefined, read, sleep).then(
      (items) => ({ items, problem: null }),
      (error: unknown) => ({ items: [], problem: problemOf(error) }),
    );

  const accountsOf = async ({ id, revision }: Successor): Promise<Read<string>> =>
    (
      await accounts.ask(`${id} ${revision}`, () =>
        reading(async (signal) => {
          const successor = await destinationWith(destinations, id, interactive);
          const listed = (await successor.accounts(MAX_ACCOUNTS + 1, signal)).map((account) => account.id);
          const used = (await jobsUsing(db, id)).map(({ adAccountId }) => adAccountId);
          // Those of jobs first: there somebody works.
          return [...new Set([...used, ...listed])];
        }),
      )
    ).value;

  const listsOf = async ({ id, revision }: Successor, account: string): Promise<Read<TakenOver>> =>
    (
      await lists.ask(`${id} ${revision} ${account}`, () =>
        reading(async (signal) => {
          const successor = await destinationWith(destinations, id, interactive);
          const found: TakenOver[] = [];
          for await (const list of successor.takenOver?.(account, signal) ?? []) {
            found.push(list);
            if (found.length >= MAX_LISTS) break;
          }
          return found;
        }),
      )
    ).value;

  const audiencesOf = async (request: TwinsRequest, signal: AbortSignal): Promise<Audience[]> => {
    const destination = await destinationWith(destinations, request.authorization_id, interactive);
    const found: Audience[] = [];
    const ids = [...new Set(request.audience_ids)];
    for await (const audience of destination.find(request.adaccount_id, { ids }, signal)) found.push(audience);
    return found;
  };

  return async (request, signal) => {
    const { provider } = await getAuthorization(db, request.authorization_id);
    const wanted = successorsOf(provider).map(({ id }) => id);
    const successors = (await listAuthorizations(db)).filter((authorization) =>
      wanted.includes(authorization.provider),
    );
    if (successors.length === 0) return { items: [], accounts: 0, left_out: 0, problems: [] };
    const audiences = await audiencesOf(request, signal);
    const items: Twins['items'] = [];
    const problems: Twins['problems'] = [];
    let looked = 0;
    let leftOut = 0;
    for (const successor of successors) {
      const report = ({ problem }: Read<unknown>) =>
        problem && problems.push({ authorization_label: successor.label, ...localized(problem) });
      const known = await accountsOf(successor);
      report(known);
      for (const account of known.items) {
        signal.throwIfAborted();
        if (looked >= MAX_ACCOUNTS) {
          leftOut += 1;
          continue;
        }
        looked += 1;
        const read = await listsOf(successor, account);
        report(read);
        items.push(...twinsAmong(audiences, read.items).map((twin) => shown(twin, successor, account)));
      }
    }
    return { items, accounts: looked, left_out: leftOut, problems };
  };
}

const shown = (
  { audienceId, match, list }: ReturnType<typeof twinsAmong<TakenOver>>[number],
  { id, label }: Successor,
  account: string,
): Twins['items'][number] => ({
  audience_id: audienceId,
  match,
  authorization_id: id,
  authorization_label: label,
  adaccount_id: account,
  id: list.id,
  name: list.name,
  type: list.type,
  estimated_size: list.size,
});

/** It must not hide what was found elsewhere. */
function problemOf(error: unknown): Sentence {
  if (error instanceof DeadlineError) return sentence`The other system did not answer in time.`;
  if (error instanceof LineupError) return sentenceOf(error);
  throw error;
}

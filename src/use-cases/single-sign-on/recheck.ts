/**
 * Asks the provider again about everybody who signs in by it. A refusal ends the access of a person; a failure of the
 * provider changes nothing, until its last word is too old.
 */
import type { OidcConfig } from '../../contracts/single-sign-on.ts';
import { Secret } from '../../domain/values/secret.ts';
import { transaction } from '../../store/database/database.ts';
import {
  dueSignOns,
  endUnconfirmedSessions,
  type KnownSignOn,
  keepCheck,
  purgeLogoutTokens,
  replaceToken,
} from '../../store/repositories/single-sign-on.ts';
import type { UseCaseDeps } from '../deps.ts';
import { admissionOf, disable, follow, isEnough, recordSignOuts, type SignOnDeps } from './follow.ts';
import { type Provider, ProviderError } from './provider.ts';

/** How long the word of the provider counts. Without another one, people must sign in again. */
const WORD_COUNTS_MS = 24 * 3_600_000;
/** People of one look. */
const BATCH = 100;
/** After so many failures in a row the provider is away, and the next look tries again. */
const MAX_FAILURES = 3;
/** After a failure, the person is due again so much later. */
const AFTER_FAILURE_MS = 5 * 60_000;

type RecheckDeps = Pick<UseCaseDeps, 'db' | 'box' | 'log' | 'now'>;

export async function recheckPeople(
  deps: RecheckDeps,
  { config, provider }: { readonly config: OidcConfig; readonly provider: Provider },
  signal: AbortSignal,
): Promise<void> {
  const { db, box, log, now } = deps;
  await purgeLogoutTokens(db, now());
  const { recheckMs } = config;
  if (recheckMs === undefined) return;
  const signOn: SignOnDeps = { ...deps, config };
  let failures = 0;
  for (const known of await dueSignOns(db, box, new Date(now().getTime() - recheckMs), BATCH)) {
    if (signal.aborted || failures >= MAX_FAILURES) break;
    try {
      await recheck(signOn, provider, known);
      failures = 0;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      failures += 1;
      const soon = Math.min(AFTER_FAILURE_MS, recheckMs);
      await keepCheck(db, known.userId, new Date(now().getTime() - recheckMs + soon), false);
      log.record('person.recheck_failed', { actor_id: known.userId, code: error.code });
    }
  }
  const since = new Date(now().getTime() - WORD_COUNTS_MS);
  await recordSignOuts(signOn, await endUnconfirmedSessions(db, since), 'unconfirmed');
}

/** @throws {ProviderError} */
async function recheck(deps: SignOnDeps, provider: Provider, known: KnownSignOn): Promise<void> {
  const { config, db, box, now } = deps;
  const { userId, subject, token, envelope } = known;
  if (!token) throw new ProviderError('token_unreadable');
  const answer = await provider.refresh(token);
  if (answer.refused) {
    await transaction(db, async (tx) => {
      // Only while nobody has signed in with another token since.
      const isStill = await replaceToken(tx, box, { userId, envelope }, null);
      if (isStill !== undefined) await disable(tx, deps, userId, 'provider');
    });
    return;
  }
  const { tokens } = answer;
  // First of all: the old one may already be worth nothing.
  if (tokens.refreshToken !== undefined) {
    await replaceToken(db, box, { userId, envelope }, new Secret(tokens.refreshToken));
  }
  const identity = await provider.identity(tokens, (claims) => isEnough(config, { email: '', ...claims }));
  if (identity.subject !== subject) throw new ProviderError('other_subject');
  const admission = admissionOf(config, identity.claims);
  const isWord = admission.admitted || admission.why === 'no_group';
  if (!isWord) throw new ProviderError(admission.why);
  await transaction(db, async (tx) => {
    await follow(tx, deps, userId, admission);
    await keepCheck(tx, userId, now(), true);
  });
}

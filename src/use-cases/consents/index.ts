/**
 * The consent of a person in the browser. An attempt belongs to one person, one authorization and its revision, and
 * ends with its use. Nobody else can end it: an administrator who follows the link of an editor connects nothing.
 */
import type { ConsentOutcome } from '../../contracts/consent-texts.ts';
import type { NewConsent } from '../../contracts/consents.ts';
import type { Consents } from '../../contracts/use-cases.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Actor, mayDo } from '../../domain/people/people.ts';
import { changedMeanwhile } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { transaction } from '../../store/database/database.ts';
import { getAuthorization } from '../../store/repositories/authorizations.ts';
import {
  attemptWith,
  type ConsentAttempt,
  storeAttempt,
  takeAttempt,
  tryAttempt,
} from '../../store/repositories/consents.ts';
import { randomText } from '../../store/secrets/unguessable.ts';
import type { UseCaseDeps } from '../deps.ts';
import { timeLimit } from '../time-limit.ts';
import { chooseBaseAccount, listBaseAccounts } from './accounts.ts';
import { consentRules, redirectUriOf } from './connection.ts';
import { disconnect } from './disconnect.ts';
import { connectWith } from './exchange.ts';

/** The redirect for which the destination shows the code. */
const NO_REDIRECT = 'oob';
/** People sign in there first, or ask a colleague. */
const ATTEMPT_MS = 30 * 60_000;
/** How often a code may be entered for one attempt. */
const MAX_TRIES = 10;
/** How long the code and the first look may take, while a person waits. */
const EXCHANGE_MS = 60_000;

export function consentUseCases(deps: UseCaseDeps): Consents {
  const { db, destinations, now } = deps;

  const connect = async (attempt: ConsentAttempt, code: string, actor: Actor): Promise<void> => {
    // Who has gone away meanwhile has consented all the same.
    const limit = timeLimit(deps, EXCHANGE_MS);
    try {
      await connectWith(deps, attempt, code, actor, limit.signal);
    } catch (error) {
      if (error instanceof LineupError) deps.log.record('authorization.connect_failed', { err: error });
      throw error;
    } finally {
      limit.end();
    }
  };

  return {
    begin: async (id, { by, revision, replace_identity }: NewConsent, actor, isInBrowser) => {
      const authorization = await getAuthorization(db, id);
      const { consent } = await consentRules(authorization);
      if (authorization.revision !== revision) throw changedMeanwhile();
      const redirectUri = by === 'code' ? NO_REDIRECT : redirectUriOf(deps);
      if (redirectUri === null || (by === 'redirect' && !isInBrowser)) throw noWayBack();
      const credentials = (await destinations.authorizations.reveal(id)).reveal();
      const state = randomText('base64url');
      const expiresAt = new Date(now().getTime() + ATTEMPT_MS);
      const attempt = { state, authorizationId: id, revision, actorId: actor.id, redirectUri, expiresAt };
      await transaction(db, (tx) => storeAttempt(tx, { ...attempt, replaces: replace_identity }, now()));
      const url = consent.url(credentials, redirectUri, state, destinations.baseUrls[authorization.provider]);
      return { url: url.href, by, expires_at: expiresAt.toISOString() };
    },

    answer: async ({ state, code, error }, person) => {
      const begun = await attemptWith(db, state, now());
      if (!begun) return { authorizationId: null, outcome: 'expired' };
      const end = (outcome: ConsentOutcome) => ({ authorizationId: begun.authorizationId, outcome });
      if (!person) return end('signed_out');
      if (person.id !== begun.actorId || !mayDo(person.role, 'authorizations.write')) return end('other_person');
      const attempt = await takeAttempt(db, { state, actorId: person.id }, now());
      if (!attempt) return end('expired');
      if (code === undefined || error !== undefined) return end(error === 'access_denied' ? 'denied' : 'refused');
      try {
        await connect(attempt, code, person);
        return end('connected');
      } catch (failure) {
        if (!(failure instanceof LineupError)) throw failure;
        return end(outcomeOf(failure));
      }
    },

    enterCode: async (id, code, actor) => {
      const wanted = { authorizationId: id, actorId: actor.id, redirectUri: NO_REDIRECT, most: MAX_TRIES };
      await getAuthorization(db, id);
      const attempt = await tryAttempt(db, wanted, now());
      if (!attempt) throw expired();
      await connect(attempt, code, actor);
    },

    disconnect: async (id, actor) => {
      const limit = timeLimit(deps, EXCHANGE_MS);
      await disconnect(deps, id, actor, limit.signal).finally(limit.end);
    },
    baseAccounts: (id, signal) => listBaseAccounts(deps, id, signal),
    chooseBaseAccount: (id, choice, actor, signal) => chooseBaseAccount(deps, id, choice, actor, signal),
  };
}

const noWayBack = (): LineupError =>
  new LineupError(
    'action_not_allowed',
    sentence`The other side cannot send you back to Lineup: it has no public address (LINEUP_PUBLIC_URL), or you have not signed in in a browser. Connect with a code instead.`,
  );

const expired = (): LineupError =>
  new LineupError(
    'consent_expired',
    sentence`Nothing waits for this code: too much time has passed, it was entered too often, or you have begun again. Connect again, and enter the new code.`,
  );

function outcomeOf({ code, retryable }: LineupError): ConsentOutcome {
  if (code === 'changed_meanwhile' || code === 'not_found') return 'changed';
  if (code === 'consent_of_another') return 'identity';
  if (code === 'consent_expired') return 'expired';
  return retryable ? 'unreachable' : 'refused';
}

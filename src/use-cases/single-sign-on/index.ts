/** Single sign-on: who may come in, with which role, and who must go. */
import { createHash } from 'node:crypto';
import type { OidcConfig } from '../../contracts/single-sign-on.ts';
import type { SingleSignOn } from '../../contracts/use-cases.ts';
import { transaction } from '../../store/database/database.ts';
import {
  endSessions,
  keepSignOn,
  signsInByProvider,
  takeLogoutToken,
  userOfSubject,
} from '../../store/repositories/single-sign-on.ts';
import type { UseCaseDeps } from '../deps.ts';
import { admissionOf, follow, isEnough, recordSignOuts, type SignOnDeps } from './follow.ts';
import { Provider, ProviderError } from './provider.ts';

export function singleSignOnUseCases(
  deps: Pick<UseCaseDeps, 'db' | 'box' | 'log' | 'now' | 'sleep'>,
  config: OidcConfig,
  provider: Provider = providerOf(deps, config),
): SingleSignOn {
  const { db, box, log, now } = deps;
  const signOn: SignOnDeps = { ...deps, config };
  return {
    scopes: () => provider.scopes(),

    admit: async (tokens) => {
      try {
        const identity = await provider.identity(tokens, (claims) => isEnough(config, claims));
        const admission = admissionOf(config, identity.claims);
        // Before the sign-in goes on, because that refuses a disabled account.
        const known = await userOfSubject(db, identity.subject);
        if (known !== undefined) await transaction(db, (tx) => follow(tx, signOn, known, admission));
        if (admission.admitted) return { identity, role: admission.role };
        log.record('person.refused_by_provider', { actor_id: known ?? 'unknown', code: admission.why });
        return { refused: admission.why };
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        log.record('person.refused_by_provider', { actor_id: 'unknown', code: error.code });
        return { refused: 'provider_failed' };
      }
    },

    begin: (userId, identity) =>
      transaction(db, async (tx) => {
        await follow(tx, signOn, userId, admissionOf(config, identity.claims));
        // Without checks, nobody would use the token.
        const token = config.recheckMs === undefined ? null : identity.refreshToken;
        await keepSignOn(tx, box, userId, token, now());
      }),

    decidesFor: async (userId) => config.roles !== undefined && (await signsInByProvider(db, userId)),

    logOut: async (text) => {
      const token = await provider.logoutToken(text).catch((error: unknown) => {
        if (error instanceof ProviderError) return null;
        throw error;
      });
      if (token === null) return 'unavailable';
      if (token === undefined) return 'refused';
      // Nobody knows how long an id is.
      const id = createHash('sha256').update(token.id).digest('hex');
      if (!(await takeLogoutToken(db, id, token.expiresAt))) return 'refused';
      const userId = token.subject === null ? undefined : await userOfSubject(db, token.subject);
      // Somebody who has never been here has nothing to end.
      if (token.subject !== null && userId === undefined) return 'done';
      await recordSignOuts(signOn, await endSessions(db, { userId, providerSession: token.sessionId ?? undefined }));
      return 'done';
    },
  };
}

export const providerOf = ({ now, sleep }: Pick<UseCaseDeps, 'now' | 'sleep'>, config: OidcConfig): Provider =>
  new Provider({ config, now, clock: { sleep } });

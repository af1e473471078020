/** What a code gives: the token, who has consented, and the health that follows. All is stored at once, or nothing. */
import { ownerOf } from '../../destinations/shared-token.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { Actor } from '../../domain/people/people.ts';
import { changedMeanwhile } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { saveToken } from '../../store/repositories/authorization-tokens.ts';
import { getAuthorization, lockAuthorization } from '../../store/repositories/authorizations.ts';
import { type ConsentAttempt, endAttempt, readConsent, saveConsent } from '../../store/repositories/consents.ts';
import { auditEntries } from '../audit-log.ts';
import { keepHealth } from '../authorization-health.ts';
import type { UseCaseDeps } from '../deps.ts';
import { connectionOf, interactive } from '../destinations.ts';
import { baseAccountsOf, healthWith } from './accounts.ts';
import { consentOf, consentRules } from './connection.ts';
import { takeTurn } from './turn.ts';

const audit = auditEntries('authorization');

/**
 * @throws {LineupError} `changed_meanwhile` when the authorization is not the one for which it began;
 * `consent_of_another`; as `exchange` of the destination
 */
export async function connectWith(
  deps: UseCaseDeps,
  attempt: ConsentAttempt,
  code: string,
  actor: Actor,
  signal: AbortSignal,
): Promise<void> {
  const { db, box, now, destinations } = deps;
  const { authorizationId: id, revision, redirectUri, stateHash, replaces } = attempt;
  const authorization = await getAuthorization(db, id);
  if (authorization.revision !== revision) throw changedMeanwhile();
  const rules = await consentRules(authorization);
  const { kind, connecting } = await connectionOf(destinations, id, interactive);
  const { credentials, baseUrl } = connecting;
  const { clock } = destinations;
  const mintedAt = now();
  const minted = await rules.consent.exchange(credentials, code, redirectUri, { baseUrl, clock, signal });
  const { connect } = await kind.load();
  const destination = connect({ ...connecting, clock, tokens: { current: async () => minted.token } });
  const found = await baseAccountsOf(destination, signal);
  const as = found?.consentedAs ?? null;
  const chooses = consentOf(authorization)?.chooses;
  const health = healthWith(found, chooses === undefined ? undefined : (credentials[chooses] ?? ''));
  const token = { ...minted, keep: minted.keep ?? null, mintedAt, belongsTo: ownerOf(credentials, rules) };

  // A process that mints with the earlier consent must not store its token after this one.
  const turn = await takeTurn(deps, id, signal);
  try {
    await transaction(db, async (tx) => {
      await lockAuthorization(tx, id, revision);
      const before = await readConsent(tx, id);
      if (before && before.as !== as && !replaces) throw ofAnother(before.as, as);
      await saveToken(tx, box, turn, { authorizationId: id, token });
      await saveConsent(tx, id, { by: actor.name, at: now(), as });
      await endAttempt(tx, stateHash);
      await keepHealth(deps, tx, { id, revision }, health);
      const detail = { label: authorization.label, identity: as, ...(before && { before: before.as }) };
      await recordAudit(tx, actor, audit('connect', id, detail), now());
    });
  } finally {
    await turn.release();
  }
}

/** A second person could otherwise move all exports to other accounts without anybody noticing. */
const ofAnother = (before: string | null, now: string | null): LineupError =>
  new LineupError(
    'consent_of_another',
    before !== null && now !== null
      ? sentence`The Business ID ${now} has consented, and before it was ${before}. Nothing was changed. Sign in there with the one of before, or choose to connect with another Business ID.`
      : sentence`It is not known whether the same Business ID has consented as before. Nothing was changed. If it is right, choose to connect with another Business ID.`,
  );

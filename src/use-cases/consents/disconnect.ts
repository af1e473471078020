/**
 * Ends a connection: Lineup forgets the tokens of the consent. The other side is not told, because it has no request
 * for that. The person who has consented can end it there.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import type { Actor } from '../../domain/people/people.ts';
import { localized, sentence } from '../../domain/text/sentence.ts';
import { transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { getAuthorization } from '../../store/repositories/authorizations.ts';
import { forgetConsent, readConsent } from '../../store/repositories/consents.ts';
import { auditEntries } from '../audit-log.ts';
import { keepHealth } from '../authorization-health.ts';
import type { UseCaseDeps } from '../deps.ts';
import { consentRules } from './connection.ts';
import { takeTurn } from './turn.ts';

const audit = auditEntries('authorization');

/** @throws {LineupError} `action_not_allowed` for one that is not connected, or that nobody connects */
export async function disconnect(deps: UseCaseDeps, id: string, actor: Actor, signal: AbortSignal): Promise<void> {
  const { db, now } = deps;
  await consentRules(await getAuthorization(db, id));
  // A process that mints must not store its token after this.
  const turn = await takeTurn(deps, id, signal);
  try {
    await transaction(db, async (tx) => {
      const authorization = await getAuthorization(tx, id);
      const before = await readConsent(tx, id);
      if (!before) throw notConnected();
      await forgetConsent(tx, id);
      // Nobody has refused anything. The jobs tell who needs to know it, when they need the connection.
      await keepHealth(deps, tx, authorization, { health: 'unknown', reason: localized(disconnected) });
      await recordAudit(tx, actor, audit('disconnect', id, { label: authorization.label, identity: before.as }), now());
    });
    deps.destinations.tokens.forget(id);
  } finally {
    await turn.release();
  }
}

const disconnected = sentence`The authorization was disconnected. Its jobs wait until somebody connects it again.`;

const notConnected = (): LineupError =>
  new LineupError('action_not_allowed', sentence`This authorization is not connected.`);

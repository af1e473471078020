/** Use cases of API tokens. */

import type { ApiTokens } from '../contracts/use-cases.ts';
import { wrongValue } from '../domain/text/localized.ts';
import { sentence } from '../domain/text/sentence.ts';
import { transaction } from '../store/database/database.ts';
import {
  authenticateApiToken,
  createApiToken,
  listApiTokens,
  revokeApiToken,
} from '../store/repositories/api-tokens.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { auditEntries } from './audit-log.ts';
import type { UseCaseDeps } from './deps.ts';

export function apiTokenUseCases({ db, now }: UseCaseDeps): ApiTokens {
  return {
    list: () => listApiTokens(db, now()),
    create: ({ name, role, expires_at }, actor) =>
      transaction(db, async (tx) => {
        const expiresAt = expires_at === null ? null : new Date(expires_at);
        if (expiresAt && expiresAt <= now()) {
          throw wrongValue('expires_at', sentence`This time is in the past. Enter a future time.`);
        }
        const made = await createApiToken(tx, { name, role, expiresAt }, actor, now());
        await recordAudit(tx, actor, audit('create', made.entry.id, { name, role }), now());
        return made;
      }),
    revoke: (id, actor) =>
      transaction(db, async (tx) => {
        await revokeApiToken(tx, id, now());
        await recordAudit(tx, actor, audit('revoke', id, {}), now());
      }),
    authenticate: (token) => authenticateApiToken(db, token, now()),
  };
}

const audit = auditEntries('api_token');

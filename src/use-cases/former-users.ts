/** Users who are removed for good. */

import type { FormerUsers } from '../contracts/use-cases.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import { transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { eraseUser } from '../store/repositories/former-users.ts';
import { auditEntries } from './audit-log.ts';
import type { UseCaseDeps } from './deps.ts';

const audit = auditEntries('user');

export const formerUserUseCases = ({ db, now }: UseCaseDeps): FormerUsers => ({
  erase: (id, actor) =>
    transaction(db, async (tx) => {
      const former = await eraseUser(tx, id, now());
      if (!former) throw new LineupError('not_found', sentence`There is no user ${id}.`);
      await recordAudit(tx, actor, audit('erase', id, { name: former.name }), now());
      return former;
    }),
});

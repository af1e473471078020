/**
 * Samples and previews of queries, and queries of triggers that were not saved, counted. The author of a query decides
 * what its values and its counts tell, so each look can give away a few characters of a member. A person gets enough
 * looks to write a query, and too few to read members.
 */

import { QUERY_LOOKS_PER_HOUR } from '../../domain/audiences/requests.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { Actor } from '../../domain/people/people.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { looksLikeMember, mask } from '../../sources/mask.ts';
import { type Tx, transaction } from '../../store/database/database.ts';
import { personBehind } from '../../store/repositories/api-tokens.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { lockQueryLooks, saveQueryLooks } from '../../store/repositories/query-looks.ts';
import { auditEntries } from '../audit-log.ts';
import type { UseCaseDeps } from '../deps.ts';

const HOUR_MS = 3_600_000;

const audit = auditEntries('authorization');

/** A look that was counted. */
export interface CountedLook {
  /** It does not count after all: what came of it is in the list of jobs, where everybody sees it. */
  giveBack(tx: Tx): Promise<void>;
}

/**
 * Counts a look, over all sessions and tokens of the person, and writes it to the audit log.
 * @param what what is shown, and of which fields
 * @throws {LineupError} `too_many_requests`
 */
export async function countQueryLook(
  { db, now }: Pick<UseCaseDeps, 'db' | 'now'>,
  caller: Actor,
  authorizationId: string | null,
  { kind, fields }: { readonly kind: 'sample' | 'preview' | 'trigger'; readonly fields: readonly string[] },
): Promise<CountedLook> {
  return transaction(db, async (tx) => {
    const person = await personBehind(tx, caller.id);
    const all = await lockQueryLooks(tx, person);
    const at = now();
    // Also those of a clock that was ahead count for an hour, and not longer.
    const recent = all.filter((time) => Math.abs(at.getTime() - time.getTime()) < HOUR_MS);
    const [first] = recent;
    if (first && recent.length >= QUERY_LOOKS_PER_HOUR) {
      const waitMs = Math.max(0, first.getTime() + HOUR_MS - at.getTime());
      throw new LineupError(
        'too_many_requests',
        sentence`You have looked at queries ${QUERY_LOOKS_PER_HOUR} times in the last hour. This is the limit, because each look can tell something about members. Try again in ${Math.ceil(waitMs / 60_000)} minutes, or use a table or a view.`,
        { retryable: true, retryAfterSeconds: Math.ceil(waitMs / 1000) },
      );
    }
    await saveQueryLooks(tx, person, [...recent, at]);
    const shown = fields.map((name) => (looksLikeMember(name) ? mask(name) : name));
    const detail = { kind, fields: shown, looks_in_an_hour: recent.length + 1 };
    await recordAudit(tx, caller, audit('look', authorizationId ?? 'files', detail), at);
    return {
      giveBack: async (later) => {
        const times = await lockQueryLooks(later, person);
        const n = times.findIndex((time) => time.getTime() === at.getTime());
        await saveQueryLooks(later, person, n === -1 ? times : times.toSpliced(n, 1));
      },
    };
  });
}

/**
 * Errors of Lineup's own database that pass by themselves. The driver gives them only codes and words. Faults of other
 * systems are a `LineupError` or a `LineAdsError` before they come here.
 */

import { sentence } from '../text/sentence.ts';
import { LineupError } from './errors.ts';

/**
 * The server restarts or has crashed (57P0x), a connection broke or was refused (class 08), it has none left (53300),
 * or the network is interrupted.
 */
const AWAY =
  /^(08...|57P0.|53300|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTDOWN|EHOSTUNREACH|ENETDOWN|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** The words of `pg` for errors without a code. */
const LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error)/;

/**
 * PgBouncer gives one code for everything that it says (and PostgreSQL gives it for a violation of its protocol). These
 * words refuse for good; all others pass: a server that it cannot reach, a wait that was too long, no connection left,
 * its own end.
 */
const POOLER = '08P01';
const REFUSED_BY_POOLER = /no such (database|user)|auth|password|unsupported startup parameter|pooling mode/i;

/** Whether the database is away for now: it restarts, has no connection left, or cannot be reached. */
export function isDatabaseAway(error: unknown): boolean {
  const { code = '', message = '', syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === POOLER) return !REFUSED_BY_POOLER.test(message);
  // A Unix socket is missing while its server restarts.
  if (code === 'ENOENT') return syscall === 'connect';
  return AWAY.test(code) || LOST.test(message);
}

/** The error of a database that is away, or whose disk is full, for people. Undefined for all other errors. */
export function databaseFailure(error: unknown): LineupError | undefined {
  if (error instanceof LineupError) return undefined;
  if ((error as { code?: unknown } | null)?.code === '53100') {
    return new LineupError('disk_full', sentence`The disk of the database is full. Free some space there.`, {
      retryable: true,
      cause: error,
    });
  }
  if (!isDatabaseAway(error)) return undefined;
  return new LineupError(
    'database_unreachable',
    sentence`The database cannot be reached at the moment. Try again later.`,
    { retryable: true, cause: error },
  );
}

/** Admits an attempt to sign in, or refuses it with the time to wait. */
import type { FastifyRequest } from 'fastify';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Attempt, SignInAttempts } from '../../contracts/use-cases.ts';

export interface Admitted {
  /** Records a failure. @param detail facts for the audit log, without personal data */
  failed(detail?: Readonly<Record<string, unknown>>): Promise<void>;
  succeeded(): Promise<void>;
}

/** @throws {LineupError} `too_many_requests` with the time to wait */
export async function admit(
  attempts: SignInAttempts,
  request: FastifyRequest,
  attempt: Omit<Attempt, 'address'>,
): Promise<Admitted> {
  const begun = await attempts.begin({ ...attempt, address: request.ip });
  if (begun.succeeded) {
    return {
      // The request log holds the client address with this id.
      failed: (detail) => begun.failed({ ...detail, request_id: request.id }),
      succeeded: begun.succeeded,
    };
  }
  throw new LineupError(
    'too_many_requests',
    sentence`Too many attempts have failed. Try again in ${begun.waitSeconds} seconds.`,
    { retryable: true, retryAfterSeconds: begun.waitSeconds },
  );
}

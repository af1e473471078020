/** Lets an attempt to come in begin, or tells how long to wait. */
import type { FastifyRequest } from 'fastify';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Attempt, SignInAttempts } from '../../contracts/use-cases.ts';

export interface Admitted {
  /** It failed. @param detail facts for the audit log, nothing of the person */
  failed(detail?: Readonly<Record<string, unknown>>): Promise<void>;
  succeeded(): Promise<void>;
}

/** @throws {LineupError} `too_many_requests`, saying when it may be tried */
export async function admit(
  attempts: SignInAttempts,
  request: FastifyRequest,
  attempt: Omit<Attempt, 'address'>,
): Promise<Admitted> {
  const begun = await attempts.begin({ ...attempt, address: request.ip });
  if (begun.succeeded) {
    return {
      // The log of requests has the address under this id.
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

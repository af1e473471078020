/** The header with which a client names a creation, so that sending it twice creates once. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { issueText } from '../contracts/sentence.ts';
import type { Created, CreateOptions } from '../contracts/use-cases.ts';

const HEADER = 'idempotency-key';

export const idempotencyHeaders = z.object({
  [HEADER]: z
    .string()
    .max(200)
    .regex(/^[\x21-\x7e]{1,200}$/, issueText`Up to 200 printable characters.`)
    .optional()
    .describe('The client’s own name for this creation: sent again, it gives the same answer.'),
});

/** @param headers as `idempotencyHeaders` has checked them */
export const createOptions = (headers: IncomingHttpHeaders): CreateOptions => ({
  idempotencyKey: headers[HEADER]?.toString(),
});

/** What was created. A header marks what an earlier request has created. */
export function markReplayed<T>(reply: FastifyReply, { value, replayed }: Created<T>): T {
  if (replayed) reply.header('idempotency-replayed', 'true');
  return value;
}

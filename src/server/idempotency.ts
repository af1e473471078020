/** The header with which a client names a creation, so that sending it twice creates once. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { words } from '../contracts/sentence.ts';
import type { Created, CreateOptions } from '../contracts/service.ts';

export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .max(200)
    .regex(/^[\x21-\x7e]{1,200}$/, words`Up to 200 printable characters.`)
    .optional()
    .describe('The client’s own name for this creation: sent again, it gives the same answer.'),
});

export const createOptions = (headers: z.infer<typeof idempotencyHeaders>): CreateOptions => ({
  idempotencyKey: headers['idempotency-key'],
});

/** 201, and whether it had been created before. */
export function created<T>(reply: FastifyReply, { value, replayed }: Created<T>): T {
  reply.code(201);
  if (replayed) reply.header('idempotency-replayed', 'true');
  return value;
}

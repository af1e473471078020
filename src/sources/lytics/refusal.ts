/**
 * What an error of Lytics says, as far as it may be shown: whoever enters an origin could otherwise have an answer read out to
 * them that is somebody else's. So only of what has the form of Lytics' errors, and of that its code and a few plain words:
 * nothing in which a secret, an address or a number could be.
 */
import { z } from 'zod';
import type { Secret } from '../../contracts/secret.ts';

const status = z.union([z.number(), z.string().max(3)]).transform(Number);
const text = z.string().nullish();

/** v1, or v2 with a list of errors, or flat (lytics-api.md section 1). */
const refusal = z.union([
  z.object({ status, data: z.null(), message: text }),
  z.object({
    status,
    request_id: z.string(),
    errors: z.array(z.object({ code: text, message: text })).min(1),
  }),
  z.object({ status, request_id: z.string(), message: text }),
]);

/** The status of an error that came as a success. */
export function statusIn(body: unknown): number | undefined {
  const found = z.object({ status }).safeParse(body).data?.status ?? 0;
  return found >= 400 && found <= 599 ? found : undefined;
}

/** @returns e.g. `FORBIDDEN-003, not authorized`; empty when nothing of it may be shown */
export function toldBy(body: unknown, expected: number, token: Secret): string {
  const read = refusal.safeParse(body).data;
  if (read?.status !== expected) return '';
  const error = 'errors' in read ? read.errors[0] : read;
  const code = error && 'code' in error && /^[A-Z_]{1,40}-\d{1,6}$/.test(error.code ?? '') ? error.code : '';
  return [code, plainWords(error?.message ?? '', token.reveal())].filter(Boolean).join(', ');
}

/** A short line of words, or nothing at all: of a text that was cut nobody could tell what it is. */
function plainWords(message: string, token: string): string {
  if (message.length > 120 || message.includes(token)) return '';
  const words = message.trim().replace(/\.$/, '').split(' ');
  return words.every((word) => /^\p{L}{1,20}[,;:]?$/u.test(word)) ? words.join(' ') : '';
}

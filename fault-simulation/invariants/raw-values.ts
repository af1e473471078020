/**
 * No raw identifier and no secret is written or logged, and no raw identifier is sent that must be hashed. Every raw
 * value of a history holds one of these texts, and so does every secret.
 */
import { RAW, RAW_IFA, RAW_USER, SECRET } from '../world/plan.ts';
import { ViolationError } from './violation.ts';

const raw = Buffer.from(RAW);
const rawUpper = Buffer.from(RAW.toUpperCase());
const secrets = [SECRET, 'oa-token-'];

/** Advertising ids and LINE user ids may be sent and staged as they are. */
export function checkBytes(where: string, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.includes(raw) || buffer.includes(rawUpper)) {
    throw new ViolationError('raw_value', `a raw identifier is in ${where}`);
  }
}

export function checkText(where: string, text: string): void {
  const small = text.toLowerCase();
  if ([RAW, RAW_USER, RAW_IFA].some((value) => small.includes(value))) {
    throw new ViolationError('raw_value', `a raw identifier is in ${where}`);
  }
  if (secrets.some((secret) => text.includes(secret))) {
    throw new ViolationError('secret', `a secret or a token is in ${where}`);
  }
}

/**
 * No raw identifier is written, logged or sent. Every raw value of a history holds the same text, which is looked for.
 */
import { RAW } from '../world/plan.ts';
import { ViolationError } from './violation.ts';

const raw = Buffer.from(RAW);
const rawUpper = Buffer.from(RAW.toUpperCase());

export function checkBytes(where: string, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.includes(raw) || buffer.includes(rawUpper)) {
    throw new ViolationError('raw_value', `a raw identifier is in ${where}`);
  }
}

export function checkText(where: string, text: string): void {
  if (text.includes(RAW) || text.includes(RAW.toUpperCase())) {
    throw new ViolationError('raw_value', `a raw identifier is in ${where}`);
  }
}

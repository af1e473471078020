/** Which members an experiment keeps out of an audience. docs/hold-outs.md has the rule, and the same rule in SQL. */
import { sha256 } from './sha256.ts';

/**
 * An experiment: its name, and how much of the audience it keeps out.
 *
 * @example
 * import type { HoldOut } from '@lineup/identifiers';
 *
 * const spring: HoldOut = { experiment: 'spring', share: 10 };
 */
export interface HoldOut {
  /** 1 to 40 characters: letters, digits, `.`, `_` and `-`, with a letter or a digit first. Case counts. */
  readonly experiment: string;
  /** A whole percentage, 1 to 50. */
  readonly share: number;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const HASH = /^[0-9a-f]{64}$/;
const LINE_USER_ID = /^U[0-9a-f]{32}$/;
const ADVERTISING_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Whether an experiment keeps a member out. The answer depends on nothing but the arguments, and a larger share only
 * adds members.
 *
 * @param output what `normalize` gives for the member: a hash, or an advertising id or a LINE user id as it is
 * @throws {TypeError} for another text, or a wrong experiment
 * @example
 * import { isHeldOut, normalize } from '@lineup/identifiers';
 *
 * const outcome = normalize('taro@example.com', { type: 'email' });
 * if ('output' in outcome) console.log(isHeldOut(outcome.output, { experiment: 'spring', share: 10 })); // false
 */
export function isHeldOut(output: string, { experiment, share }: HoldOut): boolean {
  if (typeof experiment !== 'string' || !NAME.test(experiment)) {
    throw new TypeError(`Expected experiment to be 1 to 40 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(experiment)}.`);
  }
  if (!Number.isInteger(share) || share < 1 || share > 50) {
    throw new TypeError(`Expected share to be a whole percentage from 1 to 50, got ${JSON.stringify(share)}.`);
  }
  const bucket = Number.parseInt(sha256(`${experiment}:${hashOf(output)}`).slice(0, 8), 16);
  return bucket < Math.floor((share * 2 ** 32) / 100);
}

/** Ids are hashed here, so that jobs that send them as they are and jobs that send hashes agree. */
function hashOf(output: string): string {
  const lower = String(output).toLowerCase();
  if (HASH.test(lower)) return lower;
  if (ADVERTISING_ID.test(lower)) return sha256(lower);
  if (LINE_USER_ID.test(String(output))) return sha256(output);
  throw new TypeError('Expected a SHA-256 in hexadecimal, an advertising id, or a LINE user id.');
}

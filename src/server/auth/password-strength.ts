/** Whether a password can be guessed: common ones and their variations, and what is known of the person. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { wrongValue } from '../../contracts/localized.ts';
import { sentence } from '../../contracts/sentence.ts';

/** zxcvbn's best: 10^10 guesses and more, also for somebody who has stolen the hash. */
const ENOUGH = 4;
/** Looking at more takes long; what is strong so far stays so. */
const LOOKED_AT = 64;

let zxcvbn: ZxcvbnFactory | undefined;

/** Loaded at its first use: its words take memory and time, and few processes ever set a password. */
async function load(): Promise<ZxcvbnFactory> {
  const [core, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new core.ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}

/**
 * @param path where the password was given
 * @param person whose it will be: their name and e-mail address are the first guesses
 * @throws {LineupError} `invalid_argument`
 */
export async function refuseCommonPassword(
  path: string,
  password: string,
  person: { readonly name: string; readonly email: string },
): Promise<void> {
  zxcvbn ??= await load();
  const texts = [person.name, person.email].map((text) => text.toLowerCase());
  const known = [...texts, ...texts.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u)), 'lineup'];
  const { score } = zxcvbn.check(
    password.slice(0, LOOKED_AT),
    known.filter((word) => word.length > 2),
  );
  if (score >= ENOUGH) return;
  throw wrongValue(
    path,
    sentence`This password is easy to guess. Use a longer one, or several words that do not belong together; no name, no e-mail address, no common password.`,
  );
}

/** Refuses passwords that are easy to guess: common ones, their variations, and facts about the person. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { wrongValue } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';

/** The best score of zxcvbn: 10^10 guesses or more, which is enough also when the hash is stolen. */
const ENOUGH = 4;
/** Characters that zxcvbn gets, because it is slow for long passwords. */
const CHECKED_LENGTH = 64;

let zxcvbn: ZxcvbnFactory | undefined;

/** Loaded at its first use, because its dictionaries take memory and time, and few processes set a password. */
async function load(): Promise<ZxcvbnFactory> {
  const [core, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new core.ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}

/**
 * @param path where the password was given
 * @param person the owner of the password, whose name and e-mail address are easy guesses
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
    password.slice(0, CHECKED_LENGTH),
    known.filter((word) => word.length > 2),
  );
  if (score >= ENOUGH) return;
  throw wrongValue(
    path,
    sentence`This password is easy to guess. Use a longer one, or several unrelated words. Do not use a name, an e-mail address or a common password.`,
  );
}

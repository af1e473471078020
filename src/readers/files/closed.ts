/** What of the machine no export reads, whatever an administrator opens; and what is said of a folder that is to be opened. */
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Sentence, sentence } from '../../contracts/sentence.ts';

/** What the system shows of itself there is no file of members, and `/run` holds sockets and secrets. */
const OF_THE_SYSTEM = ['/proc', '/dev', '/sys', '/run'];

/** Folders that hold much besides exports. */
const BROAD =
  /^\/(?:(?:bin|boot|etc|lib|lib64|home|opt|private|root|sbin|tmp|usr|var|Users|Library|System)?|(?:home|Users)\/[^/]+)$/;

/** @param own folders of Lineup: data, uploads */
export const closedPlaces = async (own: readonly string[]): Promise<readonly string[]> =>
  Promise.all([...OF_THE_SYSTEM, ...own].map(realOf));

/** A path without links. Of what is not there yet, its beginning that is. */
export async function realOf(path: string): Promise<string> {
  const whole = resolve(path);
  // What is not there has no real path of its own, but the folder above it may.
  const real = await realpath(whole).catch(() => undefined);
  if (real !== undefined || dirname(whole) === whole) return real ?? whole;
  return join(await realOf(dirname(whole)), basename(whole));
}

/** Whether a path is the folder, or below it; both without links. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way);
}

/** Why a folder cannot be opened to exports; undefined when it can. */
export async function refusalOf(root: string, own: readonly string[]): Promise<Sentence | undefined> {
  const real = await realOf(root);
  if (!(await closedPlaces(own)).some((place) => isWithin(real, place))) return undefined;
  return sentence`${root} cannot be opened to exports: it is, or lies in, a folder of the system or of Lineup itself (${OF_THE_SYSTEM.join(', ')}, the data directory, the uploads).`;
}

/** What an administrator should know of a folder that is open. */
export async function warningsOf(root: string, own: readonly string[]): Promise<Sentence[]> {
  const real = await realOf(root);
  const found: Sentence[] = [];
  if (BROAD.test(real) || real === (await realOf(homedir()))) {
    found.push(
      sentence`${root} holds much more than exports: whoever edits jobs can read the tables in all of it. Open a folder that holds exports alone.`,
    );
  }
  for (const place of await Promise.all(own.map(realOf))) {
    if (!isWithin(place, real)) continue;
    found.push(sentence`${root} contains ${place}, which is Lineup’s own. That stays closed.`);
  }
  return found;
}

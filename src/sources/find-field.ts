/** Finds a field by its name. When there is none, the error lists the fields and the most similar name. */
import { distance } from 'fastest-levenshtein';
import { LineupError } from '../domain/errors/errors.ts';
import { joinSentences, listed, quoted, type Sentence, sentence, type Value } from '../domain/text/sentence.ts';
import { looksLikeMember, mask } from './mask.ts';
import type { SourceField } from './source.ts';

/**
 * The field with this name.
 * @param notice what else a person should know about the fields
 * @throws {LineupError} `field_not_found`, with the names of the fields and the most similar one
 */
export function findField<F extends SourceField>(
  fields: readonly F[],
  name: string,
  label: string,
  notice?: Sentence,
): F {
  const found = fields.find((field) => field.name === name);
  if (found) return found;
  throw fieldNotFound(
    fields.map((field) => field.name),
    name,
    label,
    notice,
  );
}

export function fieldNotFound(names: readonly string[], name: string, label: string, notice?: Sentence): LineupError {
  const near = nearest(
    name,
    names.filter((candidate) => !looksLikeMember(candidate)),
  );
  return new LineupError(
    'field_not_found',
    joinSentences(
      sentence`${label} has no field "${clip(name)}". It has ${listNames(names)}.`,
      near === undefined ? undefined : sentence`Did you mean "${near}"?`,
      notice,
    ),
  );
}

/** A message lists this many names, and only counts the others. */
const LISTED = 20;
/** The time of a comparison grows with the product of both lengths. */
const LONGEST = 300;

/**
 * The name that a person most likely meant: the same name apart from case, width and surrounding space, or
 * the name with the fewest edits, when they are few for its length.
 */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const folded = fold(wanted.slice(0, LONGEST));
  let best: string | undefined;
  let least = Math.max(2, Math.floor(folded.length / 3)) + 1;
  for (const name of names) {
    if (name.length > LONGEST) continue;
    const edits = distance(folded, fold(name));
    if (edits < least) {
      best = name;
      least = edits;
    }
  }
  return best;
}

/** `"a", "b", "c" and 7 more`. */
export function listNames(names: readonly string[]): Value {
  const shown = names.slice(0, LISTED).map((name) => quoted(clip(name)));
  const more = names.length - shown.length;
  if (more > 0) return sentence`${listed(shown)} and ${more} more`;
  return shown.length > 0 ? listed(shown) : sentence`none`;
}

/** Uses only the beginning of a long text, because NFKC and the count of edits take quadratic time. */
function fold(name: string): string {
  return name.slice(0, 400).normalize('NFKC').trim().toLowerCase();
}

/** A name for a message. Masks what looks like a member's value, and shortens long names. */
function clip(name: string): string {
  if (looksLikeMember(name)) return mask(name);
  const points = [...name];
  return points.length > 60 ? `${points.slice(0, 60).join('')}…` : name;
}

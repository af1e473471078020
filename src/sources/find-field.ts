import { LineupError } from '../contracts/errors.ts';
import { type Sentence, sentence, together } from '../contracts/sentence.ts';
import { looksLikeMember } from './mask.ts';
import { clip, listNames, nearest } from './nearest.ts';
import type { SourceField } from './source.ts';

/**
 * The field of that name.
 * @param notice what else a person should know of the fields
 * @throws {LineupError} `field_not_found`, naming the fields there are and the nearest
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

export function fieldNotFound(
  names: readonly string[],
  name: string,
  label: string,
  notice?: Sentence,
): LineupError {
  const near = nearest(
    name,
    names.filter((candidate) => !looksLikeMember(candidate)),
  );
  return new LineupError(
    'field_not_found',
    together(
      sentence`${label} has no field "${clip(name)}". It has ${listNames(names)}.`,
      near === undefined ? undefined : sentence`Did you mean "${near}"?`,
      notice,
    ),
  );
}

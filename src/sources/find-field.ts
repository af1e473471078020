import { LineupError } from '../contracts/errors.ts';
import { sentence, together } from '../contracts/sentence.ts';
import { looksLikeIdentifier } from './mask.ts';
import { listNames, nearest } from './nearest.ts';
import type { SourceField } from './source.ts';

/**
 * The field of that name.
 * @throws {LineupError} `field_not_found`, naming the fields there are and the nearest
 */
export function findField<F extends SourceField>(fields: readonly F[], name: string, label: string): F {
  const found = fields.find((field) => field.name === name);
  if (found) return found;
  throw fieldNotFound(
    fields.map((field) => field.name),
    name,
    label,
  );
}

export function fieldNotFound(names: readonly string[], name: string, label: string): LineupError {
  const near = nearest(
    name,
    names.filter((candidate) => !looksLikeIdentifier(candidate)),
  );
  return new LineupError(
    'field_not_found',
    together(
      sentence`${label} has no field "${name}". It has ${listNames(names)}.`,
      near === undefined ? undefined : sentence`Did you mean "${near}"?`,
      names.some(looksLikeIdentifier)
        ? sentence`Its first row looks like members, not like names: the file seems to have no header.`
        : undefined,
    ),
  );
}

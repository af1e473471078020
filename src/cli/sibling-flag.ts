/**
 * The flag `--sibling <type:field[:name]>`: a further identifier of the same members, for an audience of its own or for
 * that of the first identifier. This file loads no Zod.
 */

import type { IdentifierType } from '../domain/audiences/requests.ts';
import { SHARED } from '../domain/audiences/sibling-names.ts';
import { takenTypes, typesOf } from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { isPlainLine } from '../domain/text/plain-text.ts';
import { lengthProblem, type NameLimit } from './name-length.ts';

/** Without a name and an id, the audience gets a suggested name (`suggestedName`). */
export interface GivenSibling {
  readonly identifierType: IdentifierType;
  readonly field: string;
  /** An existing audience. */
  readonly audienceId?: string;
  /** The name of the audience to create. */
  readonly audienceName?: string;
  /** It fills the audience of the first identifier. */
  readonly shares?: true;
}

/** `fieldName` and `customAudienceId` in bounds.ts have the same limits. */
const MAX_FIELD = 300;
const MAX_ID = 40;

const FORM = 'Write TYPE:FIELD, TYPE:FIELD:NAME or TYPE:FIELD:id=ID.';

/**
 * Reads one flag. A name may contain colons.
 * @param destination if it is known already, it limits the types, and the length of a name
 * @throws {LineupError} `invalid_argument`
 */
export function parseSibling(
  text: string,
  destination?: NameLimit & Pick<DestinationTraits, 'identifiers'>,
): GivenSibling {
  const [type = '', field, ...rest] = text.split(':');
  const types = destination ? typesOf(destination) : takenTypes;
  const identifierType = types.find((known) => known === type.trim().toLowerCase());
  if (!identifierType) {
    throw refused(`"${type}" is not an identifier type. Use ${types.join(', ')}. ${FORM}`);
  }
  if (!field?.trim()) throw refused(`"${text}" has no field. ${FORM}`);
  if (field.length > MAX_FIELD) throw refused(`The name of the field is longer than ${MAX_FIELD} characters.`);
  if (rest.length === 0) return { identifierType, field };
  return { identifierType, field, ...audienceOf(rest.join(':').trim(), text, destination) };
}

function audienceOf(
  given: string,
  text: string,
  destination: NameLimit | undefined,
): Pick<GivenSibling, 'audienceId' | 'audienceName' | 'shares'> {
  if (given === SHARED) return { shares: true };
  if (given === '') throw refused(`"${text}" has an empty name. Enter a name, or leave out the last colon.`);
  if (/^id=.*:/.test(given) || /:\s*id=\d*$/.test(given)) {
    throw refused(
      `"${text}" has both a name and an id. A name creates an audience, an id fills an existing one. Give one of them.`,
    );
  }
  if (given.startsWith('id=')) {
    const audienceId = given.slice(3).trim();
    if (/^\d+$/.test(audienceId) && audienceId.length <= MAX_ID) return { audienceId };
    throw refused(`The id of an audience is a number, but "${text}" has "${audienceId}".`);
  }
  if (!isPlainLine(given)) throw refused('The name holds a line break or another control character.');
  const tooLong = lengthProblem(given, destination);
  if (tooLong) throw refused(`The name has ${tooLong}.`);
  return { audienceName: given };
}

const refused = (message: string): LineupError => new LineupError('invalid_argument', `--sibling: ${message}`);

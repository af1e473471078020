/** The values of the column of a split job: which ones may have an audience, and what it is called. */
import { isPlainLine } from '../text/plain-text.ts';
import { type Sentence, sentence } from '../text/sentence.ts';
import type { JobConfiguration } from './configuration.ts';
import { VALUE } from './split.ts';

/** How many values a column may have: in one scan, and over all scans, as long as their parts are there. */
export const MAX_PARTS = 200;

/** The longest value, in characters. The name of its audience is limited by the destination too. */
const MAX_VALUE = 100;

/** What the names of a part are made of. */
interface Places {
  readonly value: string;
  /** Of the split job. */
  readonly name: string;
}

/** A template with a value, in one pass: what looks like a place of the template inside a value stays as it is. */
export const nameFrom = (template: string, { value, name }: Places): string =>
  template.replaceAll(/\{(?:value|name)\}/g, (place) => (place === VALUE ? value : name));

/** The names of all audiences of one value, the first identifier first. One that shares an audience has none. */
const audienceNamesOf = ({ split, siblings }: Pick<JobConfiguration, 'split' | 'siblings'>, places: Places): string[] =>
  [split?.name_template, ...siblings.map((sibling) => (sibling.shares ? null : sibling.audience_name))].flatMap(
    (template) => (template ? [nameFrom(template, places)] : []),
  );

/** With any dash, the long vowel of Japanese keyboards among them. */
const DIGITS = /^(?:tel:)?[+(]?\p{Nd}[\p{Nd} ().\p{Pd}ー\u2212/]*$/iu;
const ID = /^(?:[UCR]?[0-9a-f]{24,}|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12})$/i;
/** A SHA-256 in base64. No name has so many letters of both kinds and digits without a space. */
const isHash = (value: string): boolean =>
  /^[\w+/-]{43}=?$/.test(value) && [/\d/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(value));

/**
 * Whether a value may be about one person: an e-mail address, a phone number or another long number, an id, a hash.
 * Such a value is no name for an audience, and is stored nowhere.
 */
export function isAboutPerson(value: string): boolean {
  const plain = value.normalize('NFKC').trim();
  const hasManyDigits = DIGITS.test(plain) && plain.replaceAll(/\P{Nd}/gu, '').length >= 9;
  return /\S@\S/.test(plain) || hasManyDigits || ID.test(plain) || isHash(plain);
}

/**
 * Why a value can have no audience. The sentence does not contain the value, which may be about a person.
 * @param maxName of the destination, in characters
 */
export function problemOfValue(
  configuration: Pick<JobConfiguration, 'split' | 'siblings'>,
  places: Places,
  maxName: number,
): Sentence | undefined {
  const { value } = places;
  const column = configuration.split?.column ?? '';
  if (!isPlainLine(value) || value.includes('\uFFFD')) {
    return sentence`A value of the column "${column}" has a line break, a control character or a direction mark, so it can name no audience. Nothing was sent. Correct the column.`;
  }
  if (isAboutPerson(value)) {
    return sentence`A value of the column "${column}" looks like an identifier of a person: an e-mail address, a long number, an ID or a hash. So the column cannot name audiences, and nothing was sent. Choose another column.`;
  }
  if ([...value].length > MAX_VALUE) {
    return sentence`A value of the column "${column}" is longer than ${MAX_VALUE} characters, so it can name no audience. Nothing was sent. Shorten the values.`;
  }
  if (audienceNamesOf(configuration, places).some((name) => [...name].length > maxName)) {
    return sentence`With a value of the column "${column}", the name of an audience would be longer than ${maxName} characters. Nothing was sent. Shorten the template or the values.`;
  }
  return undefined;
}

/** Whoever sees a name cannot tell how its letters are composed, how wide its spaces are, and what is invisible. */
const asSeen = (name: string): string =>
  name
    .normalize()
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();

/** Why the values of a scan cannot have audiences together. */
export function problemOfValues(
  configuration: Pick<JobConfiguration, 'split' | 'siblings'>,
  { values, name }: { readonly values: readonly string[]; readonly name: string },
): Sentence | undefined {
  const column = configuration.split?.column ?? '';
  if (values.length === 0) {
    return sentence`No row has a value in the column "${column}", so no audience would get members. Nothing was sent, and all audiences are unchanged. Check the source.`;
  }
  const names = values.flatMap((value) => audienceNamesOf(configuration, { value, name }));
  const seen = names.map(asSeen);
  const same = names.find((_, n) => seen.indexOf(seen[n]!) !== n);
  return same === undefined
    ? undefined
    : sentence`Two values of the column "${column}" give the same audience name, "${same}". Nothing was sent. Change the template or the values.`;
}

export const tooManyValues = (column: string): Sentence =>
  sentence`The column "${column}" has more than ${MAX_PARTS} different values, and a job fills at most so many audiences. Nothing was sent. Choose another column, or read fewer values with a query.`;

export const tooManyParts = (column: string): Sentence =>
  sentence`With the new values of the column "${column}", the job would have more than ${MAX_PARTS} audiences, also those of earlier values. Nothing was sent. Delete the audiences of values that will not come again, on the page of the job.`;

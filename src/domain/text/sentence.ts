/**
 * Sentences for translation. The source code has readable English,
 *
 *     sentence`There is no file ${path} that is open to exports.`
 *
 * and the tag separates the template from the values. The code that shows the sentence looks up the template in the
 * catalogue of the user's language (src/i18n, locales). Write whole sentences only: an optional part is a sentence of
 * its own, joined by `joinSentences`; singular and plural are two sentences. Values are facts (names, numbers), never
 * personal data or secrets.
 */

/** Numbers, times and shares are formatted for the user's language; a text stays unchanged. */
export type Value =
  | string
  | number
  | { readonly at: string }
  | { readonly share: number }
  | { readonly inside: string; readonly otherwise: Sentence }
  | Sentence;

/** One sentence, or several after one another. */
export type Sentence =
  | { readonly template: string; readonly values: readonly Value[] }
  | { readonly sentences: readonly Sentence[] };

/** The tag of a sentence for translation. test/sentences.test.ts finds all of them in the source. */
export const sentence = (template: TemplateStringsArray, ...values: readonly Value[]): Sentence => ({
  template: String.raw({ raw: template }, ...values.map((_, index) => `{${index}}`)),
  values,
});

/** The same for the message of a schema, which is a text without values. */
export const issueText = (template: TemplateStringsArray): string => template.join('');

/** A sentence from a text that is marked elsewhere: by `issueText`, or in a table of a layer without sentences. */
export const asSentence = (text: string): Sentence => ({ template: text, values: [] });

/** Joins sentences. Undefined parts are left out. */
export function joinSentences(...parts: readonly (Sentence | undefined)[]): Sentence {
  const sentences = parts.filter((part) => part !== undefined);
  return sentences.length === 1 ? sentences[0]! : { sentences };
}

/** A name in the quotation marks of the language. */
export const quoted = (name: string): Sentence => sentence`"${name}"`;

/** "a, b, c", with the comma of the language. @param parts at least one */
export const listed = (parts: readonly Value[]): Value => parts.reduce((list, part) => sentence`${list}, ${part}`);

/** About one of several audiences. @param name its name, or its id */
export const ofAudience = (name: string, text: Sentence): Sentence => sentence`Audience “${name}”: ${text}`;

export const moment = (at: Date | string): Value => ({ at: typeof at === 'string' ? at : at.toISOString() });

/** @param share 0 to 1 */
export const share = (share: number): Value => ({ share });

/**
 * An internal fact of the installation: a folder, a host, a database. Roles that may change nothing see `otherwise`
 * instead (`redactInternals`).
 */
export const internalFact = (fact: string, otherwise: Sentence): Value => ({ inside: fact, otherwise });

/** Puts values into a template: `{0}` is the first. */
export const fillTemplate = (template: string, values: readonly string[]): string =>
  template.replace(/\{(\d+)\}/g, (whole, index: string) => values[Number(index)] ?? whole);

/** How one language formats the parts of a sentence. */
export interface SentenceFormat {
  readonly template: (template: string, values: readonly string[]) => string;
  readonly number: (value: number) => string;
  readonly share: (share: number) => string;
  readonly moment: (iso: string) => string;
  /** Between two sentences. */
  readonly gap: string;
}

/** Stands where the name of a file would, which may be personal. It is translated wherever it is a value. */
export const UPLOADED_FILE = issueText`The uploaded file`;

export function formatSentence(sentence: Sentence, format: SentenceFormat): string {
  if ('sentences' in sentence) {
    return sentence.sentences.map((part) => formatSentence(part, format)).join(format.gap);
  }
  const values = sentence.values.map((value) => formatValue(value, format));
  return format.template(sentence.template, values);
}

function formatValue(value: Value, format: SentenceFormat): string {
  if (typeof value === 'string') return value === UPLOADED_FILE ? format.template(value, []) : value;
  if (typeof value === 'number') return format.number(value);
  if ('inside' in value) return value.inside;
  if ('at' in value) return format.moment(value.at);
  if ('share' in value) return format.share(value.share);
  return formatSentence(value, format);
}

/** English for logs, the command line and programs, identical on every machine. */
const english: SentenceFormat = {
  template: fillTemplate,
  number: (value) => value.toLocaleString('en-US'),
  share: (share) => `${Math.round(share * 1000) / 10} %`,
  moment: (iso) => `${iso.slice(0, 16).replace('T', ' ')} UTC`,
  gap: ' ',
};

export const inEnglish = (sentence: Sentence): string => formatSentence(sentence, english);

/**
 * A text as the API sends it and the database stores it: English for programs and logs, the sentence for translation.
 */
export interface LocalizedText {
  readonly message: string;
  readonly sentence?: Sentence | null;
}

/** The sentence of a text. A text without one becomes a sentence that has no translation. */
export const sentenceOf = ({ message, sentence }: LocalizedText): Sentence => sentence ?? asSentence(message);

export const localized = (sentence: Sentence): { message: string; sentence: Sentence } => ({
  message: inEnglish(sentence),
  sentence,
});

/** The sentence with a general term in place of each internal fact, for roles that may change nothing. */
export const redactInternals = (sentence: Sentence): Sentence =>
  'sentences' in sentence
    ? { sentences: sentence.sentences.map(redactInternals) }
    : { ...sentence, values: sentence.values.map(redactValue) };

function redactValue(value: Value): Value {
  if (typeof value !== 'object') return value;
  if ('inside' in value) return redactInternals(value.otherwise);
  return 'template' in value || 'sentences' in value ? redactInternals(value) : value;
}

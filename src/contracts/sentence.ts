/**
 * Sentences that a person may read in another language. The place that says something writes readable English,
 *
 *     sentence`There is no file ${path} that may be exported.`
 *
 * and gets the template and the values apart, so that whoever shows it can look the template up in the reader's language
 * (src/contracts/sentences). Whole sentences only: what is optional is a sentence of its own, joined by `together`, and one
 * and many are two sentences. Values are facts (names, numbers), never personal data and never a secret.
 */

/** A number, a moment and a share are written as the reader's language writes them; a text stays as it is. */
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

/** The tag that marks a sentence for translation: test/sentences.test.ts finds each one in the source. */
export const sentence = (template: TemplateStringsArray, ...values: readonly Value[]): Sentence => ({
  template: String.raw({ raw: template }, ...values.map((_, index) => `{${index}}`)),
  values,
});

/** The same for a schema's message, which can only be a text: without values. */
export const words = (template: TemplateStringsArray): string => template.join('');

/** A text that is marked elsewhere (by `words`, or in a table of a layer that knows no sentences) as a sentence. */
export const asSentence = (text: string): Sentence => ({ template: text, values: [] });

/** Sentences after one another; what is left out is left out. */
export function together(...parts: readonly (Sentence | undefined)[]): Sentence {
  const sentences = parts.filter((part) => part !== undefined);
  return sentences.length === 1 ? sentences[0]! : { sentences };
}

export const moment = (at: Date | string): Value => ({ at: typeof at === 'string' ? at : at.toISOString() });

/** @param share 0 to 1 */
export const share = (share: number): Value => ({ share });

/**
 * A fact about the inside of the installation (a folder, a host, a database), for those who may change something there. Others
 * read `otherwise` in its place: src/contracts/inside.ts.
 */
export const inside = (fact: string, otherwise: Sentence): Value => ({ inside: fact, otherwise });

/** How a language says what is in a sentence. */
export interface Voice {
  /** The template in this language; undefined where it has none, and then English stands. */
  readonly translate: (template: string) => string | undefined;
  readonly number: (value: number) => string;
  readonly share: (share: number) => string;
  readonly moment: (iso: string) => string;
  /** What stands between two sentences. */
  readonly gap: string;
}

/** The sentence as the voice says it. */
export function say(sentence: Sentence, voice: Voice): string {
  if ('sentences' in sentence) return sentence.sentences.map((one) => say(one, voice)).join(voice.gap);
  const template = voice.translate(sentence.template) ?? sentence.template;
  return template.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = sentence.values[Number(index)];
    return value === undefined ? whole : sayValue(value, voice);
  });
}

function sayValue(value: Value, voice: Voice): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return voice.number(value);
  if ('inside' in value) return value.inside;
  if ('at' in value) return voice.moment(value.at);
  if ('share' in value) return voice.share(value.share);
  return say(value, voice);
}

/** As logs, the command line and programs get it: the same on every machine. */
const english: Voice = {
  translate: () => undefined,
  number: (value) => value.toLocaleString('en-US'),
  share: (share) => `${Math.round(share * 1000) / 10} %`,
  moment: (iso) => `${iso.slice(0, 16).replace('T', ' ')} UTC`,
  gap: ' ',
};

export const inEnglish = (sentence: Sentence): string => say(sentence, english);

/** What travels and is stored: English for programs and logs, the sentence for readers of other languages. */
export interface Told {
  readonly message: string;
  readonly sentence?: Sentence | null;
}

/** What was told, as a sentence: English words that nothing translates where it has none. */
export const sentenceOf = ({ message, sentence }: Told): Sentence => sentence ?? asSentence(message);

export const told = (sentence: Sentence): { message: string; sentence: Sentence } => ({
  message: inEnglish(sentence),
  sentence,
});

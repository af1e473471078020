/**
 * What may leave the installation with a message. Whoever reads a channel need not have an account here: folders, hosts and
 * addresses of files stay inside, and of a file its name alone is told.
 */
import { redactInternals } from '../../contracts/redact-internals.ts';
import {
  asSentence,
  inEnglish,
  type LocalizedText,
  type Sentence,
  type Value,
} from '../../contracts/sentence.ts';

/** The sentence without places. */
export const redactPlaces = (told: LocalizedText): Sentence =>
  told.sentence
    ? redactPathsInSentence(redactInternals(told.sentence))
    : asSentence(redactPathsInText(told.message));

/** The same in all that a program is told of an event. */
export function redactDetails<T extends object>(details: T): T {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details)) {
    shown[key] = isObject(value) && key !== 'sentence' ? redactDetails(value) : value;
  }
  if (typeof shown.message !== 'string') return shown as T;
  const sentence = redactPlaces({ message: shown.message, sentence: shown.sentence as Sentence | null });
  return { ...(shown as T), message: inEnglish(sentence), ...(isObject(shown.sentence) && { sentence }) };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const redactPathsInSentence = (sentence: Sentence): Sentence =>
  'sentences' in sentence
    ? { sentences: sentence.sentences.map(redactPathsInSentence) }
    : { ...sentence, values: sentence.values.map(redactPathsInValue) };

function redactPathsInValue(value: Value): Value {
  if (typeof value === 'string') return redactPath(value);
  return typeof value === 'object' && ('template' in value || 'sentences' in value)
    ? redactPathsInSentence(value)
    : value;
}

/** A value that is nothing but a path or an address. */
const WHOLE = /^(?:[a-z][a-z0-9+.-]*:\/)?\/(?:[^?#]*\/)?([^/?#]*)(?:[?#].*)?$/is;
/** Those that stand in a text, up to the next space. */
const WITHIN =
  /(^|[\s(,"'“「])(?:[a-z][a-z0-9+.-]*:\/)?\/(?:[^\s?#,"'”」]*\/)?([^\s/?#,"'”」]+)(?:[?#][^\s,]*)?/gi;

const redactPathsInText = (text: string): string => text.replace(WITHIN, '$1$2');

function redactPath(text: string): string {
  const whole = text.includes(', ') ? null : WHOLE.exec(text);
  return whole ? whole[1] || '…' : redactPathsInText(text);
}

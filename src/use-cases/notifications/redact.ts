/**
 * Redacts notifications. People who read a channel may have no account in Lineup. So folders, hosts and URLs of files stay inside,
 * and messages contain only the names of files.
 */
import { redactInternals } from '../../contracts/redact-internals.ts';
import {
  asSentence,
  inEnglish,
  type LocalizedText,
  type Sentence,
  type Value,
} from '../../contracts/sentence.ts';

/** The text as a sentence without internal facts, paths and URLs. */
export const redactPlaces = (text: LocalizedText): Sentence =>
  text.sentence
    ? redactPathsInSentence(redactInternals(text.sentence))
    : asSentence(redactPathsInText(text.message));

/** Redacts all texts in the payload of a webhook. */
export function redactDetails<T extends object>(details: T): T {
  const redacted: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details)) {
    redacted[key] = isObject(value) && key !== 'sentence' ? redactDetails(value) : value;
  }
  if (typeof redacted.message !== 'string') return redacted as T;
  const sentence = redactPlaces({
    message: redacted.message,
    sentence: redacted.sentence as Sentence | null,
  });
  return {
    ...(redacted as T),
    message: inEnglish(sentence),
    ...(isObject(redacted.sentence) && { sentence }),
  };
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

/** A value that is only a path or a URL. */
const WHOLE = /^(?:[a-z][a-z0-9+.-]*:\/)?\/(?:[^?#]*\/)?([^/?#]*)(?:[?#].*)?$/is;
/** Paths and URLs within a text, up to the next space. */
const WITHIN =
  /(^|[\s(,"'“「])(?:[a-z][a-z0-9+.-]*:\/)?\/(?:[^\s?#,"'”」]*\/)?([^\s/?#,"'”」]+)(?:[?#][^\s,]*)?/gi;

const redactPathsInText = (text: string): string => text.replace(WITHIN, '$1$2');

function redactPath(text: string): string {
  const whole = text.includes(', ') ? null : WHOLE.exec(text);
  return whole ? whole[1] || '…' : redactPathsInText(text);
}

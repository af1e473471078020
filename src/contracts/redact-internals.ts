/**
 * Redacts facts about the installation: folders, hosts, databases (`inside` in sentence.ts). Roles that may change nothing get
 * every sentence of a response with a general term in place of such a fact.
 */
import { inEnglish, type Sentence, type Value } from './sentence.ts';

/** The sentence without internal facts. */
export const redactInternals = (sentence: Sentence): Sentence =>
  'sentences' in sentence
    ? { sentences: sentence.sentences.map(redactInternals) }
    : { ...sentence, values: sentence.values.map(redactValue) };

function redactValue(value: Value): Value {
  if (typeof value !== 'object') return value;
  if ('inside' in value) return redactInternals(value.otherwise);
  return 'template' in value || 'sentences' in value ? redactInternals(value) : value;
}

/**
 * Redacts all sentences of a response body, and their English texts: `message` with `sentence`, `health_reason` with
 * `health_reason_sentence`, …
 */
export function redactInternalsInBody(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(redactInternalsInBody);
  if (typeof answer !== 'object' || answer === null || answer instanceof Date) return answer;
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(answer)) {
    if (!isSentence(key, value)) shown[key] = redactInternalsInBody(value);
  }
  for (const [key, value] of Object.entries(answer)) {
    if (!isSentence(key, value)) continue;
    shown[key] = redactInternals(value);
    // The English text of the same sentence.
    const texts = key === 'sentence' ? ['message', 'detail'] : [key.replace(/_sentence$/, '')];
    for (const text of texts)
      if (typeof shown[text] === 'string') shown[text] = inEnglish(redactInternals(value));
  }
  return shown;
}

const isSentence = (key: string, value: unknown): value is Sentence =>
  /(^|_)sentence$/.test(key) && typeof value === 'object' && value !== null;

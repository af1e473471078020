/**
 * docs/glossary.md has one translation of each term in each language. If an English text uses a term, its translation
 * must use the word of that term. Words that were replaced must not appear.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LanguageCode } from '../src/domain/text/localized.ts';
import { catalogue, otherLanguages, partsOf } from './support/catalogues.ts';

interface Term {
  readonly english: string;
  /** Any of these words is correct. */
  readonly forms: readonly string[];
  readonly never: readonly string[];
}

/** All texts in English and in the language, by their key. */
type Texts = readonly (readonly [key: string, english: string, translation: string])[];

/** Counts. Japanese and Chinese use a counter in place of the noun: 3人, 3件. */
const counted = new Set(['form.members', 'jobs.bulk.refused']);

const textOf = (message: string): string => partsOf(message).text;

function textsOf(language: LanguageCode): Texts {
  const messages = catalogue(language, 'web');
  return [
    // LINE’s constants are names of LINE. There, VIEW is about a video.
    ...Object.entries(catalogue('en', 'web'))
      .filter(([key]) => !key.startsWith('line.') && !counted.has(key))
      .map(([key, english]) => [key, textOf(english), textOf(messages[key] ?? '')] as const),
    ...Object.entries(catalogue(language, 'server')).map(
      ([english, translation]) => [english, textOf(english), textOf(translation)] as const,
    ),
  ];
}

/** The languages, by the headings of docs/glossary.md. */
const headings: Readonly<Record<Exclude<LanguageCode, 'en'>, string>> = {
  ja: '日本語',
  'zh-TW': '繁體中文',
  th: 'ไทย',
  id: 'Bahasa Indonesia',
};

const page = readFileSync(resolve(import.meta.dirname, '../docs/glossary.md'), 'utf8');

const wordsOf = (cell: string): string[] =>
  cell
    .split(' / ')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function termsOf(heading: string): Term[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| term '))
    .map((line) => {
      const [, english = '', forms = '', never = ''] = line.split('|');
      return { english: english.trim(), forms: wordsOf(forms), never: wordsOf(never) };
    });
}

/** Addresses, types and headers are not terms. */
const CODE = /\S*(?:::|:\/\/)\S*|Authorization: \S+/g;

/** The terms in a text. If `Custom Audience` and `audience` overlap, only the longer one counts. */
function termsIn(text: string, terms: readonly Term[]): Term[] {
  const longestFirst = terms.toSorted((term, other) => other.english.length - term.english.length);
  let rest = text.replace(CODE, ' ');
  return longestFirst.filter(({ english }) => {
    const pattern = new RegExp(`(?<!\\w)${english}(s|’s)?(?!\\w)`, 'gi');
    const found = pattern.test(rest);
    rest = rest.replace(pattern, '·');
    return found;
  });
}

const has = (text: string, words: readonly string[]): boolean =>
  words.some((word) => text.toLowerCase().includes(word.toLowerCase()));

describe.each(otherLanguages)('%s', (language) => {
  const texts = textsOf(language);
  const terms = termsOf(headings[language]);

  test('has terms, each of them once', () => {
    expect(terms.length).toBeGreaterThan(20);
    expect(terms.filter(({ forms }) => forms.length === 0)).toEqual([]);
    expect(new Set(terms.map(({ english }) => english.toLowerCase())).size).toBe(terms.length);
  });

  test('uses the word of each term', () => {
    const others = texts.flatMap(([key, english, translation]) =>
      termsIn(english, terms)
        .filter(({ forms }) => !has(translation, forms))
        .map((term) => `${key}: “${term.english}” is not ${term.forms.join(' / ')} in “${translation}”`),
    );
    expect(others).toEqual([]);
  });

  test('has no replaced word', () => {
    const found = texts.flatMap(([key, , translation]) =>
      terms
        .flatMap(({ never }) => never)
        .filter((word) => has(translation, [word]))
        .map((word) => `${key}: ${word} in “${translation}”`),
    );
    expect(found).toEqual([]);
  });
});

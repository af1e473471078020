/**
 * Every sentence that the service can show exists in every language, with the same values. Every sentence can be
 * translated.
 */
import compile from 'icu-minify/compile';
import { describe, expect, test } from 'vitest';
import { readSource, type SourceFile, templatesOf } from '../scripts/messages/templates.ts';
import type { Node } from '../scripts/syntax-tree.ts';
import { fillTemplate, listed, quoted, sentence } from '../src/domain/text/sentence.ts';
import { formatMessage, translator } from '../src/i18n/translator.ts';
import { catalogue, otherLanguages, partsOf } from './support/catalogues.ts';

/** Folders and files that only the command line and the start of a service use. */
const neverInTheBrowser =
  /^(cli|compose|plan)\/|^config\/|^export\/prepare\.ts$|^machine\/heartbeat-file\.ts$|^sources\/files\/locate\.ts$|^store\/(data-directory|move)\/|^store\/database\/(backup|directory-lock|migrate|open-database|pglite|postgres)|^store\/secrets\/secret(-keys|s)\./;

const files = readSource();
const templates = templatesOf(files);

const isText = (node: unknown): boolean => {
  const { type, value, left } = (node ?? {}) as { type?: string; value?: unknown; left?: unknown };
  return (
    (type === 'Literal' && typeof value === 'string') ||
    type === 'TemplateLiteral' ||
    (type === 'BinaryExpression' && isText(left))
  );
};

/** The messages in a file that are plain texts: of errors, and of schemas. */
function plainTexts({ name, nodes }: SourceFile): string[] {
  return nodes.flatMap((node) => {
    const given = (node.arguments ?? []) as Node[];
    const callee = node.callee as { name?: string; property?: { name?: string } } | undefined;
    const ofError = node.type === 'NewExpression' && callee?.name === 'LineupError' && isText(given[1]);
    const ofSchema =
      /^(contracts|server)\//.test(name) &&
      node.type === 'CallExpression' &&
      /^(min|max|length|regex|refine)$/.test(callee?.property?.name ?? '') &&
      isText(given.at(-1)) &&
      given.length === 2;
    return ofError || ofSchema ? [JSON.stringify(given[1]!.value ?? 'a template')] : [];
  });
}

test('the source has sentences to check', () => {
  expect(templates.length).toBeGreaterThan(50);
});

test('every text that a browser user can see is written as a sentence', () => {
  const plain = files
    .filter(({ name }) => !neverInTheBrowser.test(name))
    .flatMap((file) =>
      plainTexts(file).map(
        (text) =>
          `src/${file.name}: ${text} must be sentence\`…\` (in a schema: issueText\`…\`) of domain/text/sentence.ts, so that it can be translated`,
      ),
    );
  expect(plain).toEqual([]);
});

describe('locales/en/server.json', () => {
  test('has every sentence of the source: run "npm run messages"', () => {
    const source = Object.fromEntries(templates.map((template) => [template, template]));
    expect(catalogue('en', 'server')).toEqual(source);
  });

  // Translators should not need to know the quoting rules: the source writes no `''` for an apostrophe and no `'{'`.
  test('is ICU MessageFormat that needs no quoting', () => {
    const values = Array.from({ length: 10 }, (_, index) => `value ${index}`);
    const others = templates.filter(
      (template) =>
        formatMessage(compile(template), 'en', Object.fromEntries(values.entries())) !== fillTemplate(template, values),
    );
    expect(others).toEqual([]);
  });
});

describe.each(otherLanguages)('locales/%s/server.json', (language) => {
  const translations = catalogue(language, 'server');

  test('has every sentence: add the lines that are missing, translated', () => {
    expect(templates.filter((template) => !translations[template]?.trim())).toEqual([]);
  });

  test('has no unused sentence: run "npm run messages"', () => {
    expect(Object.keys(translations).filter((template) => !templates.includes(template))).toEqual([]);
  });

  test('has the values {0}, {1}, … of each sentence, and no others', () => {
    const wrong = Object.entries(translations).filter(
      ([template, translation]) => partsOf(template).placeholders.join() !== partsOf(translation).placeholders.join(),
    );
    expect(wrong).toEqual([]);
  });
});

test.each([
  ['en', 'chosen by "VIP", "Gold".'],
  ['ja', 'chosen by 「VIP」、「Gold」.'],
  ['zh-TW', 'chosen by 「VIP」、「Gold」.'],
  ['th', 'chosen by “VIP”, “Gold”.'],
  ['id', 'chosen by “VIP”, “Gold”.'],
] as const)('names in a sentence have the marks of the language: %s', (language, written) => {
  const translations = catalogue(language, 'server');
  const translate = translator(
    (template) => (translations[template] ? compile(translations[template]) : undefined),
    language,
  );
  expect(translate(sentence`chosen by ${listed(['VIP', 'Gold'].map(quoted))}.`)).toBe(written);
});

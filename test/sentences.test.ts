/**
 * Every sentence that the service can say to a person is in every language, with the same values; and none is written in a
 * way that could not be translated.
 */
import compile from 'icu-minify/compile';
import { describe, expect, test } from 'vitest';
import { readSource, type SourceFile, templatesOf } from '../scripts/messages/templates.ts';
import type { Node } from '../scripts/syntax-tree.ts';
import { fillTemplate } from '../src/contracts/sentence.ts';
import { formatMessage } from '../src/i18n/message.ts';
import { catalogue, otherLanguages, partsOf } from './support/catalogues.ts';

/** Folders, and files in others, that only the command line and the start of a service come to. */
const neverInTheBrowser =
  /^(cli|compose|plan)\/|^config\/|^export\/prepare\.ts$|^sources\/files\/locate\.ts$|^store\/(data-directory|move)\/|^store\/database\/(backup|directory-lock|migrate|open-database|pglite|postgres)|^store\/secrets\/secret(-keys|s)\./;

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

/** The messages of a file that are plain texts: of errors, and of schemas. */
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

test('there are sentences to look at', () => {
  expect(templates.length).toBeGreaterThan(50);
});

test('whatever a person in the browser can meet is written as a sentence', () => {
  const plain = files
    .filter(({ name }) => !neverInTheBrowser.test(name))
    .flatMap((file) =>
      plainTexts(file).map(
        (text) =>
          `src/${file.name}: ${text} must be sentence\`…\` (in a schema: issueText\`…\`) of contracts/sentence.ts, so that it can be translated`,
      ),
    );
  expect(plain).toEqual([]);
});

describe('locales/en/server.json', () => {
  test('has every sentence of the source: run "npm run messages"', () => {
    const source = Object.fromEntries(templates.map((template) => [template, template]));
    expect(catalogue('en', 'server')).toEqual(source);
  });

  // Otherwise a translator would need a second language: the source writes no `''` for an apostrophe and no `'{'`.
  test('is ICU MessageFormat, in which every template means itself', () => {
    const values = Array.from({ length: 10 }, (_, index) => `value ${index}`);
    const others = templates.filter(
      (template) =>
        formatMessage(compile(template), 'en', Object.fromEntries(values.entries())) !==
        fillTemplate(template, values),
    );
    expect(others).toEqual([]);
  });
});

describe.each(otherLanguages)('locales/%s/server.json', (language) => {
  const translations = catalogue(language, 'server');

  test('has every sentence: add the lines that are missing, translated', () => {
    expect(templates.filter((template) => !translations[template]?.trim())).toEqual([]);
  });

  test('has no sentence that is not said any more: run "npm run messages"', () => {
    expect(Object.keys(translations).filter((template) => !templates.includes(template))).toEqual([]);
  });

  test('has the values of each sentence, {0}, {1}, …, and no other', () => {
    const wrong = Object.entries(translations).filter(
      ([template, translation]) =>
        partsOf(template).placeholders.join() !== partsOf(translation).placeholders.join(),
    );
    expect(wrong).toEqual([]);
  });
});

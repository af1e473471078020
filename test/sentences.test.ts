/**
 * Every sentence that the service can say to a person is in every language, with the same values; and none is written in a
 * way that could not be translated.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import { networkWords, reasonAdvice } from '../packages/line-ads/src/index.ts';
import { type Node, nodesOf } from '../scripts/syntax-tree.ts';
import { id } from '../src/contracts/sentences/id.ts';
import { ja } from '../src/contracts/sentences/ja.ts';
import { th } from '../src/contracts/sentences/th.ts';
import { zhTW } from '../src/contracts/sentences/zh-tw.ts';

const src = resolve(import.meta.dirname, '../src');
/** Folders, and files in others, that only the command line and the start of a service come to. */
const neverInTheBrowser =
  /^(cli|compose|plan)\/|^config\.ts$|^export\/prepare\.ts$|^sources\/files\/locate\.ts$|^store\/(files\/|move\/|backup|directory-lock|migrate|pglite|postgres|secret-keys|secrets)/;

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.as.ts') && !name.startsWith('contracts/sentences'),
  )
  .sort()
  .map((name) => {
    const { program } = parseSync(name, readFileSync(join(src, name), 'utf8'));
    return { name, nodes: [...nodesOf(program)] };
  });

const templateOf = ({ quasi }: Node): string =>
  (quasi as { quasis: { value: { cooked: string } }[] }).quasis
    .map(({ value }, index) => (index === 0 ? '' : `{${index - 1}}`) + value.cooked)
    .join('');

const isTag = (node: Node): boolean =>
  node.type === 'TaggedTemplateExpression' &&
  ['sentence', 'words'].includes((node.tag as { name?: string }).name ?? '');

/** The client of LINE knows no sentences: these tables of it become some. */
const ofLineAds = [...Object.values(reasonAdvice), ...Object.values(networkWords)];

const templates = [
  ...new Set([...files.flatMap(({ nodes }) => nodes.filter(isTag).map(templateOf)), ...ofLineAds]),
];

const isText = (node: unknown): boolean => {
  const { type, value, left } = (node ?? {}) as { type?: string; value?: unknown; left?: unknown };
  return (
    (type === 'Literal' && typeof value === 'string') ||
    type === 'TemplateLiteral' ||
    (type === 'BinaryExpression' && isText(left))
  );
};

/** The messages of a file that are plain texts: of errors, and of schemas. */
function plainTexts({ name, nodes }: (typeof files)[number]): string[] {
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
          `src/${file.name}: ${text} must be sentence\`…\` (in a schema: words\`…\`) of contracts/sentence.ts, so that it can be translated`,
      ),
    );
  expect(plain).toEqual([]);
});

const valuesOf = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();

describe.each([
  ['ja.ts', ja],
  ['zh-tw.ts', zhTW],
  ['th.ts', th],
  ['id.ts', id],
])('src/contracts/sentences/%s', (_, catalogue) => {
  test('has every sentence: add the lines that are missing, translated', () => {
    expect(templates.filter((template) => !catalogue[template]?.trim())).toEqual([]);
  });

  test('has no sentence that is not said any more: take the lines out', () => {
    expect(Object.keys(catalogue).filter((template) => !templates.includes(template))).toEqual([]);
  });

  test('has the values of each sentence, {0}, {1}, …, and no other', () => {
    const wrong = Object.entries(catalogue).filter(
      ([template, translation]) => valuesOf(template).join() !== valuesOf(translation).join(),
    );
    expect(wrong).toEqual([]);
  });
});

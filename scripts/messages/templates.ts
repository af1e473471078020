/** Finds the templates of all sentences that the source code marks for translation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from 'vite';
import { networkWords, reasonAdvice } from '../../packages/line-ads/src/index.ts';
import { codeAdvice } from '../../packages/ly-ads/src/index.ts';
import { type Node, nodesOf } from '../syntax-tree.ts';

const src = resolve(import.meta.dirname, '../../src');

export interface SourceFile {
  /** Its path below `src`. */
  readonly name: string;
  readonly nodes: readonly Node[];
}

export const readSource = (): SourceFile[] =>
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.as.ts'))
    .sort()
    .map((name) => {
      const { program } = parseSync(name, readFileSync(join(src, name), 'utf8'));
      return { name, nodes: [...nodesOf(program)] };
    });

const isTag = (node: Node): boolean =>
  node.type === 'TaggedTemplateExpression' &&
  ['sentence', 'issueText'].includes((node.tag as { name?: string }).name ?? '');

const templateOf = ({ quasi }: Node): string =>
  (quasi as { quasis: { value: { cooked: string } }[] }).quasis
    .map(({ value }, index) => (index === 0 ? '' : `{${index - 1}}`) + value.cooked)
    .join('');

/** The clients have no sentences. Their destinations make sentences from these tables. */
const ofClients = [reasonAdvice, networkWords, codeAdvice].flatMap((table) => Object.values(table));

/** Each template once, in the order of the source, so that the sentences of one file are together. */
export const templatesOf = (files: readonly SourceFile[]): string[] => [
  ...new Set([...files.flatMap(({ nodes }) => nodes.filter(isTag).map(templateOf)), ...ofClients]),
];

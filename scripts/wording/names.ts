/** Names of the code that say too little or are against a convention. Pure. */
import { type Node, nodesOf } from '../syntax-tree.ts';
import type { Code, Line } from './sources.ts';

/** They do not say what they hold. */
const EMPTY = new Set(['its', 'of', 'what', 'one']);

export function badNames({ program, lineAt }: Code): [Line, complaint: string][] {
  const found = new Map<number, string>();
  for (const node of nodesOf(program)) {
    for (const { start, name } of boundBy(node)) {
      if (EMPTY.has(name)) found.set(start, `"${name}" does not say what it holds`);
      if (name.startsWith('MOST_')) found.set(start, `the name of a limit begins with MAX_, not MOST_: ${name}`);
    }
    const parent = node.superClass as Named | null | undefined;
    const name = (node.id as Named | null | undefined)?.name;
    if (parent?.name?.endsWith('Error') && name !== undefined && !name.endsWith('Error')) {
      found.set(node.start, `the name of an error ends in Error: ${name}`);
    }
  }
  return [...found].map(([start, complaint]) => [lineAt(start), complaint]);
}

interface Named extends Node {
  readonly name?: string;
}

interface Bound {
  readonly start: number;
  readonly name: string;
}

/** The variables and parameters that a node makes. */
function boundBy(node: Node): Bound[] {
  if (node.type === 'VariableDeclarator') return bindingsOf(node.id);
  if (node.type === 'CatchClause') return bindingsOf(node.param);
  if (node.type.includes('Function') && Array.isArray(node.params) && node.body) return node.params.flatMap(bindingsOf);
  return [];
}

function bindingsOf(pattern: unknown): Bound[] {
  const node = (pattern ?? { type: '' }) as Node;
  switch (node.type) {
    case 'Identifier':
      return [{ start: node.start, name: node.name as string }];
    case 'ObjectPattern':
      return (node.properties as Node[]).flatMap((property) => bindingsOf(property.value ?? property));
    case 'ArrayPattern':
      return (node.elements as unknown[]).flatMap(bindingsOf);
    case 'AssignmentPattern':
      return bindingsOf(node.left);
    case 'RestElement':
      return bindingsOf(node.argument);
    case 'TSParameterProperty':
      return bindingsOf(node.parameter);
    default:
      return [];
  }
}

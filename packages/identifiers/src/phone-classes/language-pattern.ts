/**
 * Writes a set of strings of digits as a short regular expression. The set is a graph: its nodes are sets of possible
 * ends, and its edges are digits. One node after another is removed, and the edges around it are joined to longer ones,
 * until one edge from the start to the end is left. The node that adds the least text is the next.
 *
 * The expression has digits, `[2-57]`, groups, `|`, `?`, `{n}` and `{n,m}` only. Each string matches it in one way, so
 * an engine that tries the alternatives in turn reaches no place in it twice for the same digits.
 */
import type { Language } from './digit-language.ts';

/** The pattern of the whole strings. `undefined` for the empty set. */
export function patternOfLanguage(start: Language): string | undefined {
  if (start.lengths === 0) return undefined;
  if (start.lengths !== undefined) return ofLengths(start.lengths).text;
  const graph = new Graph();
  const inner = graph.addLanguage(start);
  const growths = new Map([...inner].map((node) => [node, graph.growthWithout(node)]));
  while (growths.size > 0) {
    const node = smallest(growths);
    growths.delete(node);
    for (const neighbour of graph.remove(node)) {
      if (growths.has(neighbour)) growths.set(neighbour, graph.growthWithout(neighbour));
    }
  }
  const whole = graph.edge(start, END);
  // POSIX has no empty alternative.
  return whole?.alternatives.includes('') ? whole.text : whole?.alternatives.join('|');
}

/** The end of every string. */
const END = 'end';
type Node = Language | typeof END;

class Graph {
  readonly #from = new Map<Node, Map<Node, Edge>>();
  readonly #to = new Map<Node, Map<Node, Edge>>();

  /** Adds everything that `start` reaches. The answer is the nodes between the start and the end. */
  addLanguage(start: Language): Set<Node> {
    const reached = new Set([start]);
    for (const language of reached) {
      if (language.lengths !== undefined) {
        this.#connect(language, END, ofLengths(language.lengths));
        continue;
      }
      if (language.ends) this.#connect(language, END, edgeOf(0, ['']));
      language.after.forEach((next, digit) => {
        if (next.lengths === 0) return;
        const isLast = next.lengths === 1;
        this.#connect(language, isLast ? END : next, edgeOf(1 << digit, []));
        if (!isLast) reached.add(next);
      });
    }
    reached.delete(start);
    return reached;
  }

  edge(from: Node, to: Node): Edge | undefined {
    return this.#from.get(from)?.get(to);
  }

  /** How much longer the texts of all edges become if the node is removed. */
  growthWithout(node: Node): number {
    const [before, after] = this.#around(node);
    return textsOf(before) * (after.size - 1) + textsOf(after) * (before.size - 1);
  }

  /** The answer is the nodes that had an edge from or to this one. */
  remove(node: Node): Node[] {
    const [before, after] = this.#around(node);
    for (const from of before.keys()) this.#from.get(from)?.delete(node);
    for (const to of after.keys()) this.#to.get(to)?.delete(node);
    for (const [from, first] of before) {
      for (const [to, second] of after) this.#connect(from, to, edgeOf(0, [first.text + second.text]));
    }
    return [...before.keys(), ...after.keys()];
  }

  #around(node: Node): [before: ReadonlyMap<Node, Edge>, after: ReadonlyMap<Node, Edge>] {
    return [this.#to.get(node) ?? new Map(), this.#from.get(node) ?? new Map()];
  }

  #connect(from: Node, to: Node, added: Edge): void {
    const known = this.edge(from, to);
    const edge = known ? edgeOf(known.digits | added.digits, [...known.others, ...added.others]) : added;
    put(this.#from, from, to, edge);
    put(this.#to, to, from, edge);
  }
}

/** Alternative ways from one node to another. */
interface Edge {
  /** One bit per digit that is a whole alternative. */
  readonly digits: number;
  readonly others: readonly string[];
  readonly alternatives: readonly string[];
  /** All alternatives, so that more text can stand before and after. */
  readonly text: string;
}

function edgeOf(digits: number, others: readonly string[]): Edge {
  const alternatives = digits === 0 ? others : [digitClass(digits), ...others];
  return { digits, others, alternatives, text: grouped(alternatives) };
}

function grouped(alternatives: readonly string[]): string {
  const written = alternatives.filter(Boolean);
  const [first = ''] = written;
  if (written.length === alternatives.length) return written.length === 1 ? first : `(${written.join('|')})`;
  if (written.length === 0) return '';
  return written.length === 1 && /^(?:\d|\[[^\]]+\])$/.test(first) ? `${first}?` : `(${written.join('|')})?`;
}

/** The strings of the lengths whose bits are set. */
function ofLengths(lengths: number): Edge {
  const texts = runsOf(lengths).map(([least, most]) => {
    if (most === 0) return '';
    if (most === 1) return least === 0 ? '[0-9]?' : '[0-9]';
    return least === most ? `[0-9]{${most}}` : `[0-9]{${least},${most}}`;
  });
  return edgeOf(0, texts);
}

function digitClass(digits: number): string {
  const runs = runsOf(digits);
  const text = runs.map(([first, last]) => {
    if (first === last) return first;
    return last === first + 1 ? `${first}${last}` : `${first}-${last}`;
  });
  return digits & (digits - 1) ? `[${text.join('')}]` : text.join('');
}

/** The first and the last bit of each run of bits that are set. */
function runsOf(bits: number): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (let bit = 0; bit < 32; bit++) {
    if (((bits >>> bit) & 1) === 0) continue;
    const run = runs.at(-1);
    if (run?.[1] === bit - 1) run[1] = bit;
    else runs.push([bit, bit]);
  }
  return runs;
}

function textsOf(edges: ReadonlyMap<Node, Edge>): number {
  let length = 0;
  for (const { text } of edges.values()) length += text.length;
  return length;
}

function smallest(numbers: ReadonlyMap<Node, number>): Node {
  let best: [Node, number] = [END, Infinity];
  for (const entry of numbers) if (entry[1] < best[1]) best = entry;
  return best[0];
}

function put(edges: Map<Node, Map<Node, Edge>>, from: Node, other: Node, edge: Edge): void {
  const known = edges.get(from);
  if (known) known.set(other, edge);
  else edges.set(from, new Map([[other, edge]]));
}

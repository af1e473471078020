/**
 * npm run check: finds regular expressions whose matching takes more than linear time, so that a long input would
 * block the process. `recheck` proves with an automaton whether an expression is linear. That may take a second, so
 * expressions that are obviously linear are skipped.
 *
 * If the input is always short, or comes only from the operator, a comment on the same line or the line before says
 * so:
 *
 *     // regex-bounded: an address is at most 320 characters here
 *
 * Arguments: files and folders. By default the folders of the source. The proofs are cached in `build/`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { check } from 'recheck';
import packageOfChecker from 'recheck/package.json' with { type: 'json' };
import { parseSync } from 'vite';
import { type Node, nodesOf } from './syntax-tree.ts';

const FOLDERS = ['src', 'packages', 'web', 'simulators', 'scripts'];
/** These are not part of the running program. */
const TESTS_OF_PACKAGES = /^packages\/[^/]+\/(test|node_modules)\//;
const BOUNDED = ' regex-bounded:';
const PROOFS = 'build/linear-expressions.json';
/** Twice as long as a proof may take. */
const ANSWER_MS = 120_000;

interface Found {
  /** `file:line`. */
  readonly place: string;
  /** Undefined for an expression that is built while the program runs. */
  readonly pattern: string | undefined;
  readonly flags: string;
}

/** A text that is constant while the program runs. */
function textOf(node: unknown): string | undefined {
  const { type, value, expressions, quasis } = (node ?? {}) as Partial<Node>;
  if (type === 'Literal' && typeof value === 'string') return value;
  if (type !== 'TemplateLiteral' || (expressions as unknown[]).length > 0) return undefined;
  return (quasis as { value: { cooked: string } }[])[0]!.value.cooked;
}

/** The expressions of a file without a mark, and problems with marks. */
function read(file: string): { found: Found[]; complaints: string[] } {
  const text = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, text);
  const lineOf = (start: number) => text.slice(0, start).split('\n').length;
  const marks = new Map(
    comments
      .filter(({ type, value }) => type === 'Line' && value.startsWith(BOUNDED))
      .map(({ value, start }) => [lineOf(start), value.slice(BOUNDED.length).trim()]),
  );
  const used = new Set<number>();
  const found: Found[] = [];
  const add = (node: Node, pattern: string | undefined, flags: string) => {
    const line = lineOf(node.start);
    const comment = [line, line - 1].find((candidate) => marks.has(candidate));
    if (comment === undefined) found.push({ place: `${file}:${line}`, pattern, flags });
    else used.add(comment);
  };
  for (const node of nodesOf(program)) {
    const literal = node.regex as { pattern: string; flags: string } | undefined;
    if (node.type === 'Literal' && literal) add(node, literal.pattern, literal.flags);
    const constructs = node.type === 'NewExpression' || node.type === 'CallExpression';
    if (!constructs || (node.callee as { name?: string }).name !== 'RegExp') continue;
    const [source, flags] = node.arguments as Node[];
    // An expression made from a literal is checked at the literal.
    if (!source?.regex) add(node, textOf(source), textOf(flags) ?? '');
  }
  const complaints = [...marks].flatMap(([line, reason]) => {
    if (reason === '') return [`${file}:${line}  say why the input of this regular expression is short`];
    return used.has(line) ? [] : [`${file}:${line}  there is no regular expression here any more`];
  });
  return { found, complaints };
}

/** Whether it is obviously linear: there is no repetition, or one, and it is anchored at the start. */
function plainlyLinear({ pattern = '', flags }: Found): boolean {
  if (flags.includes('v')) return false;
  const bare = pattern
    .replace(/\\./g, 'x')
    // regex-bounded: a pattern of our own source
    .replace(/\[[^\]]*\]/g, 'x')
    .replace(/\(\?[=!]x\)/g, '');
  // regex-bounded: a pattern of our own source
  const repeated = bare.match(/[*+]|\{\d+,\}|\{\d+,\d\d+\}/g) ?? [];
  const anchored = bare.startsWith('^') && !bare.includes('|') && !flags.includes('m');
  return repeated.length === 0 || (anchored && repeated.length === 1 && !/[{(]/.test(bare));
}

/** On a busy machine, the process of the checker may lose a question. The checker then answers it in this process. */
async function proofOf(pattern: string, flags: string): ReturnType<typeof check> {
  // The other method of the checker tries random inputs.
  const prove = () => check(pattern, flags, { checker: 'automaton', timeout: 60_000 });
  const found = await Promise.race([prove(), setTimeout(ANSWER_MS)]);
  if (found) return found;
  process.env.RECHECK_BACKEND = 'worker';
  return prove();
}

async function problemOf(expression: Found): Promise<string | undefined> {
  const { place, pattern, flags } = expression;
  if (pattern === undefined) {
    return `${place}  this regular expression is made of parts: say in a comment why its input is short (regex-bounded: …)`;
  }
  if (plainlyLinear(expression) || proven.has(nameOf(expression))) return undefined;
  const found = await proofOf(pattern, flags);
  if (found.status === 'safe') {
    proven.add(nameOf(expression));
    return undefined;
  }
  const verdict = found.status === 'vulnerable' ? found.complexity.summary : 'could not be proven to be linear';
  return `${place}  /${pattern}/${flags}  ${verdict}`;
}

const nameOf = ({ pattern, flags }: Found): string => `/${pattern}/${flags}`;

/** For this version of the checker. */
function readProofs(): Set<string> {
  if (!existsSync(PROOFS)) return new Set();
  const { version, linear } = JSON.parse(readFileSync(PROOFS, 'utf8')) as {
    version: string;
    linear: string[];
  };
  return new Set(version === packageOfChecker.version ? linear : []);
}

/** Those that are still in the source. */
function keepProofs(found: readonly Found[]): void {
  const linear = [...new Set(found.map(nameOf))].filter((name) => proven.has(name));
  mkdirSync('build', { recursive: true });
  writeFileSync(`${PROOFS}.${process.pid}`, JSON.stringify({ version: packageOfChecker.version, linear }));
  renameSync(`${PROOFS}.${process.pid}`, PROOFS);
}

const isPart = process.argv.length > 2;
const proven = readProofs();
const files = (isPart ? process.argv.slice(2) : FOLDERS.filter((name) => existsSync(name))).flatMap((place) =>
  (statSync(place).isFile()
    ? [place]
    : readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => join(place, name))
  ).filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.as.ts') && !TESTS_OF_PACKAGES.test(name)),
);
const all = files.map(read);
const expressions = all.flatMap(({ found }) => found);
// The first call starts the process of the checker. Calls before it has started would each start another one.
await proofOf('x', '');
const problems = await Promise.all(expressions.map(problemOf));
if (!isPart) keepProofs(expressions);
const report = [...all.flatMap(({ complaints }) => complaints), ...problems].filter((line) => line !== undefined);
for (const line of report.sort()) console.error(line);
if (report.length > 0) {
  console.error('Regular expressions must match in linear time: see scripts/check-regular-expressions.ts.');
}
// Exits explicitly, because the checker’s process would stay.
process.exit(report.length > 0 ? 1 : 0);

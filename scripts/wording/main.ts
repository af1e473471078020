/**
 * npm run check: pages and comments cite only what is there, and are no wider than they may be; names say what they
 * hold. Argument: the folder of the project.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badNames } from './names.ts';
import { brokenLinks, otherApostrophes, type Page, readPage } from './pages.ts';
import { pathChecker } from './paths.ts';
import { commentsOf, filesOf, type Line, readCode, readLines } from './sources.ts';

/** Of the prose of a page, in columns. Comments may be as wide as code. */
const PAGE_WIDTH = 100;
/** A table or a heading cannot be broken, nor a word or a piece of code that has a line for itself. */
const UNBREAKABLE = /^\s*(?:\||#|<|(?:[-*] |\d+\. )?(?:`[^`]*`\S*|\S+)$)/;
const PAGE = /\.md$/;
const CODE = /\.tsx?$/;
/** Other files with comments. */
const COMMENTED = /\.(?:sh|ya?ml|sql|grit|py|css)$|^(?:lineup|Dockerfile|scripts\/hooks\/pre-commit)$/;
/** They never change. */
const MIGRATION = /^migrations\//;
/** Released versions had other files. */
const HISTORY = 'CHANGELOG.md';
const RELEASE = /^## \d/;
/** The program and its examples send people to these pages. */
const SENDING = /^(?:src|web|examples)\//;
// regex-bounded: a line of our own files
const SENT_TO = /\bdocs\/[\w/-]+\.md\b/g;

const directory = process.argv[2] ?? '.';
const { formatter } = JSON.parse(readFileSync(join(directory, 'biome.json'), 'utf8')) as {
  formatter: { lineWidth: number };
};
const files = filesOf(directory);
const { exists, unknownPaths } = pathChecker(files);
const pages = new Map(files.filter((file) => PAGE.test(file)).map((file) => [file, pageOf(file)]));
const code = files.filter((file) => CODE.test(file)).map((file) => readCode(directory, file));
const comments = [
  ...code.flatMap((file) => file.comments),
  ...files
    .filter((file) => COMMENTED.test(file) && !MIGRATION.test(file))
    .flatMap((file) => commentsOf(readLines(directory, file))),
];
const identifiers = new Set(code.flatMap(({ bare }) => bare.match(/[\w$]+/g) ?? []));

function pageOf(file: string): Page {
  const lines = readLines(directory, file);
  const released = file === HISTORY ? lines.findIndex(({ text }) => RELEASE.test(text)) : -1;
  return readPage(file, released < 0 ? lines : lines.slice(0, released));
}

const at = ({ file, number }: Line, complaint: string): string => `${file}:${number}  ${complaint}`;

const tooWide = (lines: readonly Line[], max: number): string[] =>
  lines
    .filter(({ width, text }) => width > max && !UNBREAKABLE.test(text))
    .map((line) => at(line, `${line.width} columns; at most ${max}`));

function unknownNames(line: Line, made: ReadonlySet<string>): string[] {
  const calls = [...line.text.matchAll(/`(?:\w+\.)*(\w+)\([^`]*\)`/g)].map(([, name]) => name!);
  return [
    ...unknownPaths(line.text, line.file).filter((path) => !made.has(path)),
    // Functions of SQL are in capital letters.
    ...calls.filter((name) => !identifiers.has(name) && name !== name.toUpperCase()),
  ].map((name) => at(line, `there is no ${name}`));
}

const problems = [
  ...comments.flatMap((line) => unknownNames(line, new Set())),
  ...tooWide(comments, formatter.lineWidth),
  ...files
    .filter((file) => SENDING.test(file))
    .flatMap((file) =>
      readLines(directory, file).flatMap((line) =>
        (line.text.match(SENT_TO) ?? []).filter((path) => !exists(path)).map((path) => at(line, `there is no ${path}`)),
      ),
    ),
  ...[...pages.values()].flatMap((page) => [
    ...page.prose.flatMap((line) => unknownNames(line, page.makes)),
    ...tooWide(page.prose, PAGE_WIDTH),
    ...otherApostrophes(page).map((line) => at(line, "the apostrophe of a page is '")),
    ...brokenLinks(page, pages, exists).map(([line, link]) => at(line, `${link} leads nowhere`)),
  ]),
  ...code.flatMap((file) => badNames(file).map(([line, complaint]) => at(line, complaint))),
];
for (const problem of new Set(problems)) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** The pages (`*.md`): their prose, their headings and their links. Pure. */
import { dirname, join } from 'node:path/posix';
import type { Line } from './sources.ts';

export interface Page {
  readonly file: string;
  /** Without blocks of code. */
  readonly prose: readonly Line[];
  /** What a link to a heading may name. */
  readonly anchors: ReadonlySet<string>;
  /** Files that the page makes: a block of code begins with the path of each. */
  readonly makes: ReadonlySet<string>;
}

export function readPage(file: string, lines: readonly Line[]): Page {
  const prose: Line[] = [];
  const makes = new Set<string>();
  let fence: string | undefined;
  for (const [index, line] of lines.entries()) {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line.text) ?? [];
    if (fence !== undefined && mark?.startsWith(fence)) fence = undefined;
    else if (fence === undefined && mark !== undefined) {
      fence = mark;
      const [, path] = /^(?:\/\/|<!--|#) (\S+)/.exec(lines[index + 1]?.text ?? '') ?? [];
      if (path !== undefined) makes.add(path);
    } else if (fence === undefined) prose.push(line);
  }
  return { file, prose, anchors: anchorsOf(prose), makes };
}

/** As GitHub makes them of the headings. */
function anchorsOf(prose: readonly Line[]): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of prose) {
    const [, title] = /^#+ (.+)$/.exec(text) ?? [];
    if (title === undefined) continue;
    const anchor = title
      // regex-bounded: a line of our own files
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let [name, count] = [anchor, 0];
    while (anchors.has(name)) name = `${anchor}-${++count}`;
    anchors.add(name);
  }
  return anchors;
}

/** Links inside the project that lead nowhere. */
export function brokenLinks(
  { file, prose }: Page,
  pages: ReadonlyMap<string, Page>,
  exists: (path: string) => boolean,
): [Line, link: string][] {
  return prose.flatMap((line) =>
    // regex-bounded: a line of our own files
    [...line.text.matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].flatMap(([, link = '']): [Line, string][] => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : join(dirname(file), path).replace(/\/$/, '');
      const isThere = exists(target) && (anchor === undefined || pages.get(target)?.anchors.has(anchor));
      return isThere ? [] : [[line, link]];
    }),
  );
}

/** Lines with another apostrophe than that of the keyboard, outside of code. */
export const otherApostrophes = ({ prose }: Page): Line[] =>
  prose.filter(({ text }) => text.replace(/`[^`]*`/g, '').includes('’'));

/** Which commands the palette shows for what is typed. Pure. */
import { hasWords, simplified, wordsOf } from './matching-words.ts';

/** In the order of the palette. */
const groups = ['job', 'actions', 'pages', 'views', 'jobs'] as const;

export interface Command {
  readonly key: string;
  readonly group: (typeof groups)[number];
  readonly label: string;
  /** More words by which it is found. */
  readonly detail?: string | undefined;
  readonly run: () => void;
}

/** The most of one group. */
const MOST = 8;

/** Without a word, everything but jobs: they are too many. What begins with the first word comes first. */
export function foundCommands(all: readonly Command[], typed: string): readonly Command[] {
  const words = wordsOf(typed);
  return groups.flatMap((group) => {
    if (words.length === 0) return group === 'jobs' ? [] : all.filter((command) => command.group === group);
    const found = all.filter(
      (command) => command.group === group && hasWords(simplified(`${command.label}\n${command.detail ?? ''}`), words),
    );
    const begins = ({ label }: Command) => simplified(label).startsWith(words[0]!);
    return [...found.filter(begins), ...found.filter((command) => !begins(command))].slice(0, MOST);
  });
}

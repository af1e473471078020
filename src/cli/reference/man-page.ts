/** The page of the manual, in the macros of man(7), which groff and mandoc understand. */
import { type CommandOutline, flattened } from './outline.ts';

export function manPage(program: CommandOutline, version: string): string {
  // Every group has a command that shows its help. The page is that help.
  const commands = flattened(program).filter(({ path }) => path.length > 0 && path.at(-1) !== 'help');
  return [
    `.TH LINEUP 1 "" "lineup ${version}" "Lineup"`,
    '.SH NAME',
    // One line in this form is what apropos finds.
    `lineup \\- ${escaped(program.description)}`,
    '.SH SYNOPSIS',
    `.B ${escaped(program.usage)}`,
    '.SH DESCRIPTION',
    text(program.notes),
    ...optionLines(program),
    '.SH COMMANDS',
    ...commands.flatMap((command) => [
      `.SS ${unbroken(command.usage)}`,
      text(command.description),
      ...argumentLines(command),
      ...optionLines(command),
      ...(command.notes === '' ? [] : ['.PP', '.nf', lines(command.notes), '.fi']),
    ]),
  ].join('\n');
}

const argumentLines = ({ arguments: given }: CommandOutline): string[] =>
  given.flatMap(({ name, description }) => ['.TP', `.I ${escaped(name)}`, text(description)]);

const optionLines = ({ options }: CommandOutline): string[] =>
  options.flatMap(({ flags, description }) => ['.TP', `.B ${escaped(flags)}`, text(description)]);

const text = (given: string): string => lines(given.replaceAll(/\s+/g, ' '));

/** A line that begins with a dot or an apostrophe would be a command. */
const lines = (given: string): string =>
  given
    .split('\n')
    .map((line) => escaped(line).replace(/^(?=[.'])/, '\\&'))
    .join('\n');

/** In ASCII, and with hyphens that a person can copy into a shell. A line may end at each comma of a list. */
const escaped = (given: string): string =>
  given
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll(/,(?=\S)/g, ',\\:')
    .replaceAll(/[^\x20-\x7e\n]/gu, (character) => `\\[u${hex(character)}]`);

/** A long line ends between words: a name that is hyphenated cannot be copied or found. */
const unbroken = (given: string): string => escaped(given).replaceAll(/\S+/g, (word) => `\\%${word}`);

const hex = (character: string): string => character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');

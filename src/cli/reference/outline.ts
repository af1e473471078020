/** The commands as data, from the definitions that the help shows. Completion and the page of the manual use it. */
import type { Argument, Command, Option } from 'commander';
import { choicesOf } from '../options.ts';
import { mayRepeat } from '../repeated.ts';

/** What a shell may suggest for a value: words, names of files or directories, or nothing. */
export type Suggestion = readonly string[] | 'file' | 'directory' | 'text';

export interface OptionOutline {
  /** As the help shows them: `-h, --help`. */
  readonly flags: string;
  readonly names: readonly string[];
  readonly description: string;
  /** The name of the value, and what may be suggested for it. Undefined when the option takes no value. */
  readonly value: { readonly name: string; readonly suggestion: Suggestion } | undefined;
  readonly repeatable: boolean;
}

export interface ArgumentOutline {
  readonly name: string;
  readonly description: string;
  readonly suggestion: Suggestion;
  /** Whether all further words belong to it. */
  readonly variadic: boolean;
}

export interface CommandOutline {
  /** Without the program: `['jobs', 'create']`. */
  readonly path: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  /** What the help shows below the options. */
  readonly notes: string;
  readonly options: readonly OptionOutline[];
  readonly arguments: readonly ArgumentOutline[];
  readonly commands: readonly CommandOutline[];
}

export function outlineOf(command: Command, path: readonly string[] = [], siblings: string[] = []): CommandOutline {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const names = commands.map((inner) => inner.name());
  return {
    path,
    usage: help.commandUsage(command),
    summary: help.subcommandDescription(command),
    description: help.commandDescription(command),
    notes: notesOf(command),
    options: help.visibleOptions(command).map((option) => ({
      flags: help.optionTerm(option),
      names: [option.short, option.long].filter((name) => name !== undefined),
      description: help.optionDescription(option),
      value: valueOutline(option),
      repeatable: mayRepeat(command, option),
    })),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
      suggestion: isHelp(command) ? siblings : suggestionFor(argument.name(), argument),
      variadic: argument.variadic,
    })),
    commands: commands.map((inner) => outlineOf(inner, [...path, inner.name()], names)),
  };
}

/** All commands, each before those below it. */
export const flattened = (command: CommandOutline): readonly CommandOutline[] => [
  command,
  ...command.commands.flatMap(flattened),
];

/** `help export` shows the help of a command beside it. */
const isHelp = (command: Command): boolean => command.name() === 'help';

/** Commander gives these texts only to whoever shows the help. */
function notesOf(command: Command): string {
  const output = command.configureOutput();
  let help = '';
  const collect = (text: string) => {
    help += text;
  };
  command.configureOutput({ ...output, writeOut: collect }).outputHelp();
  command.configureOutput(output);
  return help.replace(command.helpInformation(), '').trim();
}

function valueOutline(option: Option): OptionOutline['value'] {
  const start = option.flags.search(/[<[]/);
  if (start < 0) return undefined;
  const name = option.flags.slice(start + 1, -1);
  return { name, suggestion: suggestionFor(name, option) };
}

function suggestionFor(name: string, { argChoices, parseArg }: Option | Argument): Suggestion {
  const choices = argChoices ?? choicesOf(parseArg);
  if (choices) return choices;
  if (name.includes('|')) return name.split('|');
  if (name === 'file' || name === 'path') return 'file';
  return name === 'dir' ? 'directory' : 'text';
}

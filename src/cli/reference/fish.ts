/** The completion of fish, with the descriptions of the help. */
import { type CommandOutline, flattened, type OptionOutline, type Suggestion } from './outline.ts';

export function fishCompletion(program: CommandOutline): string {
  const all = flattened(program);
  const paths = all.flatMap(({ path }) => (path.length > 0 ? [quoted(path.join(' '))] : []));
  return `# Completion of lineup for fish. To load it: lineup completion fish | source

# Whether the line is at a command, such as "jobs create".
function __lineup_at
  set -l paths ${paths.join(' ')}
  set -l words (commandline -opc)
  set -e words[1]
  set -l path ''
  for word in $words
    set -l longer (string trim -- "$path $word")
    contains -- $longer $paths; or break
    set path $longer
  end
  test "$path" = "$argv[1]"
end

complete -c lineup -f
${all.flatMap(linesOf).join('\n')}`;
}

function linesOf(command: CommandOutline): string[] {
  const at = `complete -c lineup -n ${quoted(`__lineup_at ${quoted(command.path.join(' '))}`)}`;
  return [
    ...command.commands.map(
      ({ path, summary }) => `${at} -a ${quoted(path.at(-1) ?? '')} -d ${quoted(inOneLine(summary))}`,
    ),
    ...command.options.map(
      (option) => `${at} ${namesOf(option)}${valueFlags(option)} -d ${quoted(inOneLine(option.description))}`,
    ),
    ...command.arguments.flatMap(({ suggestion }) => (suggestion === 'text' ? [] : [`${at}${suggested(suggestion)}`])),
  ];
}

const namesOf = ({ names }: OptionOutline): string =>
  names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');

const valueFlags = ({ value }: OptionOutline): string => (value ? ` -r${suggested(value.suggestion)}` : '');

const kinds = { file: ' -F', directory: " -f -a '(__fish_complete_directories)'", text: ' -f' };

const suggested = (suggestion: Suggestion): string =>
  typeof suggestion === 'string' ? kinds[suggestion] : ` -f -a ${quoted(suggestion.join(' '))}`;

const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

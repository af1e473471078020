/** The completion of zsh, with the descriptions of the help. */
import {
  type ArgumentOutline,
  type CommandOutline,
  flattened,
  type OptionOutline,
  type Suggestion,
} from './outline.ts';

export const zshCompletion = (program: CommandOutline): string => `#compdef lineup
# Completion of lineup for zsh. To load it: source <(lineup completion zsh)

${flattened(program).map(functionOf).join('\n\n')}

# zsh itself calls this file as a function when it is in a folder of fpath.
if [[ $funcstack[1] == _lineup ]]; then
  _lineup "$@"
else
  compdef _lineup lineup
fi`;

const nameOf = (path: readonly string[]): string => ['_lineup', ...path].join('_');

function functionOf(command: CommandOutline): string {
  const options = command.options.flatMap(optionSpecs);
  if (command.commands.length === 0) {
    const specs = [...options, ...command.arguments.map(argumentSpec)];
    return `${nameOf(command.path)}() {\n  _arguments${specs.map((spec) => ` \\\n    ${spec}`).join('')}\n}`;
  }
  const entries = command.commands.map(({ path, summary }) =>
    quoted(`${path.at(-1)}:${summary.replaceAll(/\s+/g, ' ')}`),
  );
  const calls = command.commands.map(({ path }) => `        ${path.at(-1)}) ${nameOf(path)} ;;`);
  return `${nameOf(command.path)}() {
  local curcontext=$curcontext state line
  local -a commands
  _arguments -C${[...options, "'1: :->command'", "'*:: :->rest'"].map((spec) => ` \\\n    ${spec}`).join('')}
  case $state in
    command)
      commands=(
${entries.map((text) => `        ${text}`).join('\n')}
      )
      _describe command commands
      ;;
    rest)
      case $words[1] in
${calls.join('\n')}
      esac
      ;;
  esac
}`;
}

/** One for each name of the option, and none is suggested twice unless it may be repeated. */
function optionSpecs({ names, description, value, repeatable }: OptionOutline): string[] {
  const others = repeatable ? '*' : `(${names.join(' ')})`;
  return names.map((name) => {
    const follows = value ? `:${message(value.name)}:${action(value.suggestion)}` : '';
    // A value comes after a space or an equals sign.
    const sign = value && name.startsWith('--') ? '=' : '';
    return quoted(`${others}${name}${sign}[${inBrackets(description)}]${follows}`);
  });
}

const argumentSpec = ({ name, suggestion, variadic }: ArgumentOutline, index: number): string =>
  quoted(`${variadic ? '*' : index + 1}:${message(name)}:${action(suggestion)}`);

const actions = { file: '_files', directory: '_files -/', text: ' ' };

const action = (suggestion: Suggestion): string =>
  typeof suggestion === 'string' ? actions[suggestion] : `(${suggestion.join(' ')})`;

const inBrackets = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/[\\[\]]/g, '\\$&');
const message = (text: string): string => text.replaceAll(/[\\:]/g, '\\$&');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

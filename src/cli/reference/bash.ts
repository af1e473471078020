/** The completion of bash, from version 3.2 of macOS on. It needs no other package. */
import { type CommandOutline, flattened, type Suggestion } from './outline.ts';

export function bashCompletion(program: CommandOutline): string {
  const all = flattened(program);
  const commands = all.map(({ path, commands: inner, options }) =>
    entry(path.join(' '), [
      `commands=${quoted(inner.map(({ path: words }) => words.at(-1)).join(' '))}`,
      `options=${quoted(options.flatMap(({ names }) => names).join(' '))}`,
    ]),
  );
  const values = all.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) =>
      value ? [entry([path.join(' '), names.at(-1)].join(' '), [`value=${quoted(written(value.suggestion))}`])] : [],
    ),
  );
  const positions = all.flatMap(({ path, arguments: given }) =>
    given.flatMap(({ suggestion, variadic }, index) => {
      const place = quoted(`${path.join(' ')} ${variadic ? '' : index + 1}`);
      return suggestion === 'text'
        ? []
        : [`    ${place}${variadic ? '*' : ''}) value=${quoted(written(suggestion))} ;;`];
    }),
  );
  return `# Completion of lineup for bash. To load it: source <(lineup completion bash)

# The commands and options of a command.
_lineup_command() {
  commands= options=
  case $1 in
${commands.join('\n')}
  esac
}

# What follows an option of a command. It fails for an option without a value.
_lineup_value() {
  case "$1 $2" in
${values.join('\n')}
    *) return 1 ;;
  esac
}

# What an argument of a command may be.
_lineup_argument() {
  case "$1 $2" in
${positions.join('\n')}
  esac
}

_lineup() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path= pending= ended= index=1 position=1 value=:text commands options word
  COMPREPLY=()
  _lineup_command ''
  while [[ $index -lt $COMP_CWORD && " $commands " == *" \${COMP_WORDS[index]} "* ]]; do
    path="\${path:+$path }\${COMP_WORDS[index]}"
    index=$((index + 1))
    _lineup_command "$path"
  done
  for (( ; index < COMP_CWORD; index++ )); do
    word=\${COMP_WORDS[index]}
    # bash takes --role=worker and s3://bucket apart at these characters.
    if [[ $word == [=:]* ]]; then
      [[ -n $pending ]] || index=$((index + 1))
    elif [[ -n $pending ]]; then
      pending=
    elif [[ -n $ended || $word != -* ]]; then
      position=$((position + 1))
    elif [[ $word == -- ]]; then
      ended=1
    elif _lineup_value "$path" "$word"; then
      pending=$word
    fi
  done
  [[ $cur != = ]] || cur=
  value=:text
  if [[ -n $pending ]]; then
    _lineup_value "$path" "$pending"
  elif [[ -z $ended && $cur == -* ]]; then
    value=$options
  elif [[ -n $commands ]]; then
    value=$commands
  else
    _lineup_argument "$path" "$position"
  fi
  case $value in
    :text) return ;;
    :file) set -- -f ;;
    :directory) set -- -d ;;
    *) set -- -W "$value" ;;
  esac
  # A name of a directory gets a slash. bash 3.2 has no compopt.
  [[ $value != :* ]] || compopt -o filenames 2> /dev/null
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen "$@" -- "$cur")
}

complete -F _lineup lineup`;
}

const entry = (pattern: string, assignments: readonly string[]): string =>
  `    ${quoted(pattern)}) ${assignments.join(' ')} ;;`;

/** Words, or the name of a kind that no word has. */
const written = (suggestion: Suggestion): string =>
  typeof suggestion === 'string' ? `:${suggestion}` : suggestion.join(' ');

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

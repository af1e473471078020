/** Reads SQL as tokens, and writes them again for DuckDB. */

export interface Token {
  readonly kind: 'space' | 'word' | 'name' | 'text' | 'sign';
  /** A text or a name: what is between its quotes. */
  readonly text: string;
}

export interface Quotes {
  readonly name: '`' | '"';
  /** What a comment to the end of a line may begin with. */
  readonly comments: RegExp;
}

/** Comments become spaces. A text and a name that are not closed end with the SQL. */
export function tokensOf(sql: string, { name, comments }: Quotes): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const rest = sql.slice(at, at + 2);
    if (comments.test(rest) || rest === '/*') {
      const end = sql.indexOf(rest === '/*' ? '*/' : '\n', at);
      at = end === -1 ? sql.length : end + (rest === '/*' ? 2 : 0);
      tokens.push({ kind: 'space', text: ' ' });
      continue;
    }
    const mark = sql[at]!;
    if (mark === "'" || mark === name) {
      const { text, end } = quotedAt(sql, at, mark === "'" || name === '`');
      tokens.push({ kind: mark === "'" ? 'text' : 'name', text });
      at = end;
      continue;
    }
    WORD_OR_SPACE.lastIndex = at;
    const [found = mark, word] = WORD_OR_SPACE.exec(sql) ?? [];
    const kind = word !== undefined ? 'word' : found.trim() === '' ? 'space' : 'sign';
    tokens.push({ kind, text: found });
    at += found.length;
  }
  return tokens;
}

const WORD_OR_SPACE = /(\w+)|\s+/y;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', v: '\v', f: '\f', b: '\b' };

/** @param escapes whether a backslash escapes */
function quotedAt(sql: string, from: number, escapes: boolean): { text: string; end: number } {
  const mark = sql[from]!;
  let text = '';
  let at = from + 1;
  for (; at < sql.length; at += 1) {
    const next = sql[at]!;
    if (next === mark && sql[at + 1] !== mark) break;
    if (next === mark) at += 1;
    if (!escapes || next !== '\\') {
      text += next;
      continue;
    }
    at += 1;
    const escaped = sql[at] ?? '';
    if (escaped === 'x') {
      text += String.fromCharCode(Number.parseInt(sql.slice(at + 1, at + 3), 16));
      at += 2;
    } else text += ESCAPES[escaped] ?? escaped;
  }
  return { text, end: at + 1 };
}

/** For DuckDB. There, COLLATE is a function only in quotes. */
export const write = (tokens: readonly Token[]): string =>
  tokens
    .map((token, at) => {
      const { kind, text } = token;
      if (kind === 'text') return `'${text.replaceAll("'", "''")}'`;
      if (kind === 'name') return `"${text.replaceAll('"', '""')}"`;
      return isWord(token, 'COLLATE') && tokens[at + 1]?.text === '(' ? '"collate"' : text;
    })
    .join('');

/** The position of the `)` for the `(` at `open`. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const { kind, text } = tokens[at]!;
    if (kind !== 'sign') continue;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
}

export const isWord = (token: Token | undefined, word: string): boolean =>
  token?.kind === 'word' && token.text.toUpperCase() === word;

/** Tells of a column whether the SQL may use it: a `*` uses all, but `COUNT(*)` uses none. */
export function usesColumn(tokens: readonly Token[]): (name: string) => boolean {
  const code = tokens.filter(({ kind }) => kind !== 'space');
  const all = code.some((token, at) => token.text === '*' && token.kind === 'sign' && code[at - 1]?.text !== '(');
  const words = new Set(code.map(({ text }) => text.toLowerCase()));
  return (name) => all || words.has(name.toLowerCase());
}

/** Replaces the name of each table behind FROM and JOIN. @param nameOf gets the tokens of the name */
export function withTables(tokens: readonly Token[], nameOf: (parts: readonly Token[]) => string): Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    out.push(token);
    if (!isWord(token, 'FROM') && !isWord(token, 'JOIN')) continue;
    for (; tokens[at + 1]?.kind === 'space'; at += 1) out.push(tokens[at + 1]!);
    let end = at + 1;
    while (end < tokens.length && tokens[end]!.kind !== 'space' && !/^[(),]$/.test(tokens[end]!.text)) end += 1;
    const parts = tokens.slice(at + 1, end);
    if (parts.length === 0 || isWord(parts[0], 'UNNEST')) continue;
    out.push({ kind: 'name', text: nameOf(parts) });
    at = end - 1;
  }
  return out;
}

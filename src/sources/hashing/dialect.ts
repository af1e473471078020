/**
 * How one database writes what the statement of hashes needs. The functions take and give SQL expressions for texts,
 * except where a parameter says otherwise. All other functions of the statement (`LOWER`, `LENGTH`, `SUBSTR`, `CASE`)
 * are the same in every database.
 *
 * The patterns are regular expressions that mean the same in every engine: literal ASCII characters, sets, plain
 * groups, `|`, `?`, `*`, `+`, `{n}`, `{n,m}`, `^` and `$`, and no backslash. A text that is matched never ends with
 * white space, so `$` is its end everywhere.
 */
export interface SqlDialect {
  /**
   * What stands before the name of a function: the schema of the system, where another function could take its place.
   */
  readonly system: string;
  /**
   * What a SELECT begins with that has nearly as many groups as rows, so that the database groups them in a good way.
   */
  readonly selectGroups: string;
  /** A literal. @param value the text itself, in ASCII */
  text(value: string): string;
  concat(...parts: readonly string[]): string;
  /** Whether the text has only ASCII characters. */
  isAscii(text: string): string;
  /** Without the white space of ASCII at both ends. */
  trim(text: string): string;
  /** Whether the pattern is found in the text. @param pattern the regular expression itself */
  matches(text: string, pattern: string): string;
  /** The digits 0-9 of the text, without everything else. */
  digitsOf(text: string): string;
  /** Where the part begins, from 1, or 0. @param part the text itself */
  position(part: string, text: string): string;
  /** In hexadecimal, lower case. */
  sha256(text: string): string;
  /** A number as a text. */
  decimal(number: string): string;
  /**
   * A SELECT for the FROM clause, as `name`. Where it helps, it is written so that the database computes each column
   * once, although the SELECT around it uses the column several times.
   */
  step(select: string, name: string): string;
}

/** What a spreadsheet reads as the beginning of a formula or a command, also after blanks and in full width. */
const signs = ['=', '+', '-', '@', '|', '＝', '＋', '－', '＠'];

export const dangerousBeginnings: readonly string[] = [
  ...signs,
  ...signs.flatMap((sign) => [' ', '\t', '\r', '\n', '\u00a0', '\u3000'].map((blank) => `${blank}${sign}`)),
  '\t',
  '\r',
  '\n',
];

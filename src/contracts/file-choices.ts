/** What people choose from when a text file does not tell how it is to be read. Apart from the schemas: the web app needs this alone. */

/** The encodings that people choose from, by their names in the WHATWG Encoding standard; the command line takes all others too. */
export const fileEncodings = [
  'utf-8',
  'shift_jis',
  'euc-jp',
  'iso-2022-jp',
  'big5',
  'gb18030',
  'euc-kr',
  'windows-874',
  'windows-1252',
  'utf-16le',
  'utf-16be',
] as const;

export const fileDelimiters = ['comma', 'tab', 'semicolon', 'pipe'] as const;
export type FileDelimiter = (typeof fileDelimiters)[number];

export const delimiterCharacters: Readonly<Record<FileDelimiter, string>> = {
  comma: ',',
  tab: '\t',
  semicolon: ';',
  pipe: '|',
};

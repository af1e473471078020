/**
 * How a person names a file as an audience, and the choices for reading a text file. Apart from their schema, because
 * the command line loads no Zod before `fields` and `prepare`.
 */

/** Choices of encodings, by their names in the WHATWG Encoding Standard. The command line accepts all others too. */
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

/** A file, and a sheet of it if it is a workbook: `members.xlsx#Sheet name`. */
export interface SheetOfFile {
  readonly file: string;
  /** Undefined means the first sheet. */
  readonly sheet: string | undefined;
}

/** Standard input, an upload or a workbook. In all other names, `#` is an ordinary character. */
const NAMED = /^(-|upload:[^#]*|.*?\.xls[xm](?:\.(?:gz|zst))?)#(.*)$/is;

/** A file's own name may contain `#`: the caller first looks for a file with the whole name. */
export function splitSheet(source: string): SheetOfFile {
  const [, file, sheet = ''] = NAMED.exec(source) ?? [];
  if (file === undefined) return { file: source, sheet: undefined };
  const name = /^https?:/i.test(file) ? decoded(sheet) : sheet;
  return { file, sheet: name === '' ? undefined : name };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const UPLOAD_PREFIX = 'upload:';

/** The `segment_id` of a job that reads an upload. */
export const segmentOfUpload = (id: string): string => `${UPLOAD_PREFIX}${id}`;

/** The id of the upload that a `segment_id` names, without the sheet; undefined for any other file. */
export const uploadOfSegment = (segmentId: string): string | undefined =>
  segmentId.startsWith(UPLOAD_PREFIX) ? segmentId.slice(UPLOAD_PREFIX.length).split('#', 1)[0] : undefined;

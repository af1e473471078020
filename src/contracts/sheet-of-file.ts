/** How a source says which sheet of a workbook is meant: `members.xlsx#Sheet name`, wherever the file is. */

export interface SheetOfFile {
  readonly file: string;
  /** Undefined where none is named: the first is meant. */
  readonly sheet: string | undefined;
}

/** Standard input, an upload, or what ends like a workbook: other names may hold `#` themselves. */
const NAMED = /^(-|upload:[^#]*|.*?\.xls[xm](?:\.(?:gz|zst))?)#(.*)$/is;

/** A file whose own name holds all of it is for the caller to look for first. */
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

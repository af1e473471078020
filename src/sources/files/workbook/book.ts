/** Reads the structure of a workbook: its sheets, and the names of its parts. */
import { posix } from 'node:path';
import type { Archive } from './archive.ts';
import {
  BINARY_WORKBOOK,
  NUMBERS,
  noSheet,
  notText,
  OPEN_DOCUMENT,
  OTHER_ARCHIVE,
  OTHER_OFFICE,
  unsound,
} from './faults.ts';
import { visitWhole } from './xml.ts';

/** The limit for parts other than sheets and shared strings, in MB. */
export const SMALL_PART = 32;
/** More than any real workbook has. */
const MAX_SHEETS = 10_000;

export interface Book {
  readonly sheets: readonly Sheet[];
  readonly from1904: boolean;
  /** Names of parts. Undefined when the workbook has none. */
  readonly styles: string | undefined;
  readonly strings: string | undefined;
}

export interface Sheet {
  readonly name: string;
  readonly isHidden: boolean;
  /** The name of its part. */
  readonly part: string;
}

interface Relation {
  /**
   * The end of its type. The beginning differs between the two forms of ECMA-376 (Transitional and Strict).
   */
  readonly kind: string;
  readonly part: string;
}

/** @throws {LineupError} `source_not_text` for another kind of archive, `source_unreadable` */
export async function readBook(archive: Archive, name: string): Promise<Book> {
  const top = await relations(archive, '');
  const main = [...top.values()].find(({ kind }) => kind === 'officeDocument')?.part;
  if (main === undefined || !archive.has(main)) throw otherArchive(archive, name);
  if (/\.bin$/i.test(main)) throw notText(name, BINARY_WORKBOOK);
  if (archive.sizeOf(main) === 0) throw unsound(name);
  const parts = await relations(archive, main);
  const part = (kind: string) => [...parts.values()].find((relation) => relation.kind === kind)?.part;
  const sheets: Sheet[] = [];
  let from1904 = false;
  let isWorkbook = false;
  await visitWhole(archive.read(main, SMALL_PART), {
    open(tag, attributes) {
      if (tag === 'workbook') isWorkbook = true;
      if (tag === 'workbookPr') from1904 = ['1', 'true', 'on'].includes(attributes.date1904 ?? '');
      if (tag !== 'sheet' || sheets.length >= MAX_SHEETS) return;
      const relation = parts.get(relationId(attributes) ?? '');
      // Sheets of charts and of macros have no cells.
      if (relation?.kind !== 'worksheet') return;
      const isHidden = attributes.state !== undefined && attributes.state !== 'visible';
      sheets.push({ name: attributes.name ?? '', isHidden, part: relation.part });
    },
  });
  if (!isWorkbook) throw notText(name, OTHER_OFFICE);
  return { sheets, from1904, styles: part('styles'), strings: part('sharedStrings') };
}

/**
 * The sheet with this name, or the first visible one.
 * @throws {LineupError} `source_unsupported`, with the names of the sheets
 */
export function chosenSheet({ sheets }: Book, wanted: string | undefined, name: string): Sheet {
  // Excel does not distinguish upper and lower case in names of sheets.
  const folded = (text: string) => text.normalize('NFKC').trim().toLowerCase();
  const chosen =
    wanted === undefined
      ? (sheets.find(({ isHidden }) => !isHidden) ?? sheets[0])
      : (sheets.find((sheet) => sheet.name === wanted) ??
        sheets.find((sheet) => folded(sheet.name) === folded(wanted)));
  if (chosen) return chosen;
  throw noSheet(
    name,
    wanted ?? '',
    sheets.map((sheet) => sheet.name),
  );
}

/** The parts that a part refers to, by their ids. `''` is the package itself. */
async function relations(archive: Archive, part: string): Promise<Map<string, Relation>> {
  const folder = part === '' ? '' : posix.dirname(part);
  const found = new Map<string, Relation>();
  const file = posix.join(folder, '_rels', `${posix.basename(part)}.rels`);
  await visitWhole(archive.read(file, SMALL_PART), {
    open(tag, { Id, Type, Target, TargetMode }) {
      if (tag !== 'Relationship' || Id === undefined || Target === undefined || TargetMode === 'External') return;
      const kind = Type?.slice(Type.lastIndexOf('/') + 1) ?? '';
      found.set(Id, { kind, part: posix.resolve('/', folder, Target).slice(1) });
    },
  });
  return found;
}

/** `r:id`, with any prefix. */
const relationId = (attributes: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(attributes).find(([name]) => name.endsWith(':id'))?.[1];

function otherArchive(archive: Archive, name: string) {
  if (archive.has('xl/workbook.xml')) return unsound(name);
  if (archive.has('xl/workbook.bin')) return notText(name, BINARY_WORKBOOK);
  if (archive.has('content.xml') && archive.has('META-INF/manifest.xml')) return notText(name, OPEN_DOCUMENT);
  if (archive.has('Index/Document.iwa') || archive.has('Index.zip')) return notText(name, NUMBERS);
  return notText(name, OTHER_ARCHIVE);
}

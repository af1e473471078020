/** Workbooks made part by part, valid and hostile ones, as no program would write them. */
import { crc32, deflateRawSync } from 'node:zlib';

interface ZipEntry {
  readonly name: string;
  readonly content: string | Buffer;
  /** Wrong facts in the archive’s directory. */
  readonly lie?: { readonly size?: number; readonly crc?: number };
  readonly encrypted?: boolean;
}

export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, lie, encrypted = false } of entries) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain, { level: 9 });
    const path = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(encrypted ? 0x801 : 0x800, 2);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(lie?.crc ?? crc32(plain), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(lie?.size ?? plain.length, 18);
    facts.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, path, packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, place, path]));
    files.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...files, ...directory, Buffer.from('PK\x05\x06'), end]);
}

const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

export interface WorkbookParts {
  /** XML of `sheetData`, by the names of the sheets. */
  readonly sheets: Readonly<Record<string, string>>;
  /** XML inside `sst`. */
  readonly strings?: string;
  /** XML inside `styleSheet`. */
  readonly styles?: string;
  /** XML of `workbookPr`. */
  readonly properties?: string;
  /** Parts that replace these or are added. */
  readonly others?: readonly ZipEntry[];
}

export function workbookOf({ sheets, strings, styles, properties = '', others = [] }: WorkbookParts): Buffer {
  const names = Object.keys(sheets);
  const relations = (lines: readonly string[]) => `<Relationships>${lines.join('')}</Relationships>`;
  const relation = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${RELATIONS}/${kind}" Target="${target}"/>`;
  const parts: ZipEntry[] = [
    { name: '_rels/.rels', content: relations([relation('r', 'officeDocument', 'xl/workbook.xml')]) },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: relations([
        ...names.map((_, index) => relation(`s${index}`, 'worksheet', `worksheets/sheet${index}.xml`)),
        relation('t', 'sharedStrings', 'sharedStrings.xml'),
        relation('y', 'styles', '/xl/styles.xml'),
      ]),
    },
    {
      name: 'xl/workbook.xml',
      content: `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}">${properties}<sheets>${names
        .map((name, index) => `<sheet name="${escaped(name)}" sheetId="${index + 1}" r:id="s${index}"/>`)
        .join('')}</sheets></workbook>`,
    },
    ...(strings === undefined ? [] : [{ name: 'xl/sharedStrings.xml', content: `<sst>${strings}</sst>` }]),
    ...(styles === undefined ? [] : [{ name: 'xl/styles.xml', content: `<styleSheet>${styles}</styleSheet>` }]),
    ...names.map((name, index) => ({
      name: `xl/worksheets/sheet${index}.xml`,
      content: `<?xml version="1.0"?><worksheet xmlns="${MAIN}"><sheetData>${sheets[name]}</sheetData></worksheet>`,
    })),
  ];
  const kept = parts.filter(({ name }) => !others.some((other) => other.name === name));
  return zipOf([...kept, ...others]);
}

/** XML of rows whose cells all hold inline texts. null is a missing cell. */
export const textRows = (rows: readonly (readonly (string | null)[])[]): string =>
  rows
    .map((row, index) => {
      const cells = row.map((text, column) =>
        text === null
          ? ''
          : `<c r="${columnName(column)}${index + 1}" t="inlineStr"><is><t>${escaped(text)}</t></is></c>`,
      );
      return `<row r="${index + 1}">${cells.join('')}</row>`;
    })
    .join('');

/** Control characters as workbooks write them. */
export const escaped = (text: string): string =>
  text
    .replace(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_')
    .replace(/(?![\t\n])\p{Cc}/gu, (character) => `_x${hex(character)}_`)
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');

function columnName(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter;
}

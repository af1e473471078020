/** Names of encodings: those of the WHATWG Encoding standard, and what Python, Java, Windows and databases call them. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

/** For the message about a name that is not known. */
const COMMON = [
  'shift_jis',
  'euc-jp',
  'iso-2022-jp',
  'utf-16le',
  'big5',
  'gb18030',
  'euc-kr',
  'windows-874',
  'windows-1252',
];

/** The standard's names, each with names that it does not know, without `-`, `_`, `.` and spaces. */
const OTHERS: Readonly<Record<string, string>> = {
  'utf-8': 'u8 utf utf8sig utf8bom utf8mb3 utf8mb4 cp65001 65001',
  // Without a byte order mark, as Windows writes it.
  'utf-16le': 'u16 utf16 utf16le cp1200 1200',
  'utf-16be': 'utf16be cp1201 1201',
  shift_jis: 'sjis shiftjis windows31j mskanji ms932 cp932 cp943 932 sjiswin',
  'euc-jp': 'eucjp ujis eucjpms eucjpwin cp51932 51932',
  'iso-2022-jp': 'iso2022jp jis csiso2022jp cp50220 50220 cp50221 50221',
  'euc-kr': 'euckr cp949 ms949 windows949 xwindows949 uhc 949 ksc56011987 ksx1001',
  big5: 'big5hkscs big5hk hkscs big5tw big5eten cp950 ms950 windows950 xwindows950 950 cp951',
  gbk: 'gb2312 cp936 ms936 windows936 936 euccn',
  gb18030: 'gb180302000 gb180302005 cp54936 54936',
  'windows-874': 'cp874 ms874 874 tis620 iso885911 thai',
  'windows-1252': 'latin1 iso88591 8859 cp28591 28591 usascii 1252',
  'iso-8859-15': 'latin9 cp28605 28605',
  macintosh: 'macroman',
  'x-mac-cyrillic': 'maccyrillic',
};

const ALIASES = new Map(
  Object.entries(OTHERS).flatMap(([encoding, names]) => names.split(' ').map((name) => [name, encoding])),
);

/**
 * The standard's name for an encoding.
 * @throws {LineupError} `invalid_argument` for one that is not known
 */
export function resolveEncoding(name: string): string {
  const label = name.trim().toLowerCase();
  const bare = label.replace(/[-_.\s]/g, '');
  // Python writes `euc_jp` for `euc-jp`, and `iso8859_2` for `iso-8859-2`.
  for (const candidate of [label, ALIASES.get(bare), label.replaceAll('_', '-'), bare]) {
    const known = candidate === undefined ? undefined : standardName(candidate);
    if (known !== undefined) return known;
  }
  throw new LineupError(
    'invalid_argument',
    sentence`Encoding "${name}" is not known. Common ones are utf-8, ${COMMON.join(', ')}.`,
  );
}

function standardName(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

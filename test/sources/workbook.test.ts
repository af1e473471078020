/** Excel workbooks. The programs that name the files in fixtures/ have written them. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatOf, openFiles } from '../../src/sources/files/open.ts';
import type { Source } from '../../src/sources/source.ts';
import { sendFile, serveFiles } from './support/file-server.ts';
import { openDescriptors, useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';
import { textRows, type WorkbookParts, workbookOf, zipOf } from './support/workbook.ts';

const folder = useFolder();
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const open = async (content: Buffer, sheet = '', name = 'members.xlsx') =>
  openFiles({ source: `${await folder.write(name, content)}${sheet}` });

/** The values of every column. The source is opened again for each. */
async function columnsOf(opening: () => Promise<Source>): Promise<Record<string, string[]>> {
  const columns: Record<string, string[]> = {};
  for (const { name } of await (await opening()).fields()) columns[name] = await readValues(await opening(), name);
  return columns;
}

const typesOf = async (source: Source) =>
  Object.fromEntries((await source.fields()).map(({ name, type }) => [name, type]));

/** One column named `a`, with the XML of its cells. */
async function cells(xml: readonly string[], parts: Partial<WorkbookParts> = {}): Promise<string[]> {
  const rows = xml.map((cell, index) => `<row r="${index + 2}">${cell}</row>`).join('');
  const header = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>';
  return readValues(await open(workbookOf({ sheets: { Sheet1: header + rows }, ...parts })), 'a');
}

describe('a workbook from another program is read:', () => {
  it('openpyxl', async () => {
    const opening = () => openFiles({ source: fixture('openpyxl.xlsx') });
    expect(await columnsOf(opening)).toEqual({
      id: ['1', '2', '', '4'],
      email: ['taro@example.com', 'hanako@example.jp', '', 'say "hi"'],
      phone: ['819012345678', '819012345679', '', '819012345678'],
      joined: ['2026-01-31', '2026-01-31 18:30:00', '', '18:30:00'],
      active: ['TRUE', 'FALSE', '', ''],
      // A formula without a stored result is not an empty cell.
      remark: ['two\nlines', '#NOT CALCULATED', '', 'tab\there'],
    });
    expect(await typesOf(await opening())).toMatchObject({
      email: 'VARCHAR',
      phone: 'NUMBER',
      joined: 'VARCHAR',
    });
    expect(await (await opening()).preview('phone', 3)).toEqual([
      { row: 1, values: ['********78'] },
      { row: 2, values: ['********79'] },
      { row: 3, values: [''] },
    ]);
  });

  it('XlsxWriter, with rich text, formulas, formats that keep zeros, and a hidden sheet', async () => {
    expect(await columnsOf(() => openFiles({ source: fixture('xlsxwriter.xlsx') }))).toEqual({
      id: ['1', '2', '', '', '5'],
      email: ['taro@example.com', 'cached@example.com', '', '', 'emoji😀@example.com'],
      // The last digits of the second number are lost. Zeros in their place would be wrong.
      phone: ['09012345678', '1.234567890123457E+17', '', '', 'TRUE'],
      day: ['2026-03-01', '1234.5', '', '', '#N/A'],
    });
    const hidden = await openFiles({ source: `${fixture('xlsxwriter.xlsx')}#hidden` });
    expect((await hidden.fields()).map(({ name }) => name)).toEqual(['no']);
  });

  it('Gnumeric', async () => {
    expect(await columnsOf(() => openFiles({ source: fixture('gnumeric.xlsx') }))).toEqual({
      id: ['1', '2'],
      email: ['a@example.com', 'b@example.com'],
      phone: ['901234567', ''],
    });
  });
});

describe('the sheet', () => {
  const book = workbookOf({
    sheets: {
      First: textRows([['email'], ['first@example.com']]),
      '名簿 #2': textRows([['email'], ['second@example.com']]),
    },
  });

  it.each([
    ['', 'first'],
    ['#', 'first'],
    ['#First', 'first'],
    ['#first', 'first'],
    ['#名簿 #2', 'second'],
  ])('is the first one, or the one with the given name: %s', async (sheet, member) => {
    expect(await readValues(await open(book, sheet), 'email')).toEqual([`${member}@example.com`]);
  });

  it('that does not exist gives an error with the existing ones', async () => {
    await expect(open(book, '#Third')).rejects.toMatchObject({
      code: 'source_unsupported',
      message: expect.stringMatching(/has no sheet "Third". It has "First", "名簿 #2"\.$/),
    });
  });

  it('applies to each file of a glob, and only to workbooks', async () => {
    await folder.write('glob-1.xlsx', book);
    await folder.write('glob-2.xlsx', book);
    const source = `${folder.path('glob-*.xlsx')}#名簿 #2`;
    expect(await readValues(await openFiles({ source }), 'email')).toHaveLength(2);
    await folder.write('glob-3.xlsx', 'email\na@example.com\n');
    await expect(openFiles({ source })).rejects.toMatchObject({
      code: 'source_unsupported',
      message: expect.stringMatching(/glob-3.xlsx is not an Excel workbook .* no sheet "名簿 #2"/),
    });
  });

  it('is part of the file name if there is such a file', async () => {
    const source = await folder.write('odd.xlsx#First', 'email\nplain@example.com\n');
    await folder.write('odd.xlsx', book);
    expect(await readValues(await openFiles({ source }), 'email')).toEqual(['plain@example.com']);
  });

  it('without cells is an empty source; without rows below its header it is an empty audience', async () => {
    await expect(open(workbookOf({ sheets: { A: '' } }))).rejects.toMatchObject({ code: 'source_empty' });
    await expect(open(workbookOf({ sheets: {} }))).rejects.toMatchObject({ code: 'source_unsupported' });
    expect(await readValues(await open(workbookOf({ sheets: { A: textRows([['email']]) } })), 'email')).toEqual([]);
  });
});

describe('a workbook is read', () => {
  const rows = textRows([
    ['id', 'email'],
    ['1', 'a@example.com'],
    ['2', 'b@example.com'],
  ]);
  const book = workbookOf({ sheets: { Members: rows, Other: textRows([['email'], ['other@example.com']]) } });
  const both = ['a@example.com', 'b@example.com'];

  it('whatever its name is, because its content is recognised', async () => {
    for (const name of ['members.csv', 'members', 'members.xls', 'members.xlsm', 'members.parquet']) {
      expect(await readValues(await open(book, '', name), 'email'), name).toEqual(both);
    }
    const location = { kind: 'file' as const, path: folder.path('members'), name: 'm', size: book.length };
    expect(await formatOf(location, 'm.csv', new AbortController().signal)).toBe('xlsx');
  });

  it('only if a given format is its own', async () => {
    const source = await folder.write('members.xlsx', book);
    expect(await readValues(await openFiles({ source, format: 'xlsx' }), 'email')).toEqual(both);
    await expect(openFiles({ source, format: 'csv' })).rejects.toMatchObject({
      code: 'source_format',
      message: expect.stringContaining('is an Excel workbook, but the format is set to csv'),
    });
    const text = await folder.write('text.xlsx', 'id,email\n1,a@example.com\n');
    expect(await readValues(await openFiles({ source: text }), 'email')).toEqual(['a@example.com']);
    await expect(openFiles({ source: text, format: 'xlsx' })).rejects.toMatchObject({
      code: 'source_format',
      message: expect.stringContaining('is not an Excel workbook'),
    });
  });

  it('from standard input, once', async () => {
    await folder.write('stdin.xlsx', book);
    for (const [source, expected] of [
      ['-', both],
      ['-#Other', ['other@example.com']],
    ] as const) {
      const stdin = createReadStream(folder.path('stdin.xlsx'));
      const opened = await openFiles({ source, stdin });
      expect(opened.readOnce).toBe(true);
      expect(await opened.preview('email', 1)).toHaveLength(1);
      expect(await readValues(opened, 'email')).toEqual(expected);
    }
  });

  it('inside another compression', async () => {
    expect(await readValues(await open(gzipSync(book), '#Other', 'members.xlsx.gz'), 'email')).toEqual([
      'other@example.com',
    ]);
  });

  it('from a URL', async () => {
    const named = workbookOf({ sheets: { A: rows, '名 1': textRows([['email'], ['url@example.com']]) } });
    const server = await serveFiles((request, response) => sendFile(request, response, named));
    const url = `${server.origin}/members.xlsx`;
    expect(await readValues(await openFiles({ source: url }), 'email')).toEqual(both);
    expect(await readValues(await openFiles({ source: `${url}#${encodeURIComponent('名 1')}` }), 'email')).toEqual([
      'url@example.com',
    ]);
  });

  it('together with CSV files', async () => {
    await folder.write('mixed-1.csv', 'email\nc@example.com\n');
    await folder.write('mixed-2.xlsx', book);
    const source = folder.path('mixed-*');
    expect(await readValues(await openFiles({ source }), 'email')).toEqual(['c@example.com', ...both]);
  });

  it('and leaves nothing open, however the scan ends', async () => {
    const source = await folder.write('open.xlsx', book);
    const before = await openDescriptors();
    const opened = await openFiles({ source });
    const scan = await opened.scan(['email']);
    for await (const _ of scan.blocks) break;
    await scan.close();
    await opened.close();
    await expect(openFiles({ source: `${source}#None` })).rejects.toThrow();
    expect(await openDescriptors()).toBe(before);
  });
});

describe('the rows', () => {
  it('are those of the sheet: gaps count, empty rows above the header and below the last member do not', async () => {
    const cell = (reference: string, text: string) => `<c r="${reference}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const sheet = [
      '<row r="1"><c r="A1" s="1"/></row>',
      `<row r="3">${cell('B3', 'email')}${cell('D3', 'name')}</row>`,
      `<row r="4">${cell('B4', 'a@example.com')}${cell('Z4', 'beyond the header')}</row>`,
      '<row r="5"></row>',
      `<row r="8">${cell('D8', 'x')}</row>`,
      `<row r="9">${cell('A9', '')}<c r="B9"/></row>`,
      '<row r="1048576"/>',
    ].join('');
    expect(await columnsOf(() => open(workbookOf({ sheets: { S: sheet } })))).toEqual({
      'column 1': ['', '', '', '', ''],
      email: ['a@example.com', '', '', '', ''],
      'column 3': ['', '', '', '', ''],
      name: ['', '', '', '', 'x'],
    });
  });

  it('need no references', async () => {
    const sheet = '<row><c t="str"><v>email</v></c><c t="str"><v>n</v></c></row><row><c/><c><v>7</v></c></row>';
    expect(await columnsOf(() => open(workbookOf({ sheets: { S: sheet } })))).toEqual({
      email: [''],
      n: ['7'],
    });
  });

  it('must be in order', async () => {
    const sheet = '<row r="2"><c r="A2" t="str"><v>email</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>';
    expect(await scanFailure(open(workbookOf({ sheets: { S: sheet } })), 'email')).toMatchObject({
      code: 'source_unreadable',
    });
  });

  it('of many blocks come complete and in order', async () => {
    const count = 20_000;
    const strings: string[] = [];
    const sheet = ['<row r="1"><c r="A1" t="str"><v>n</v></c><c r="B1" t="str"><v>email</v></c></row>'];
    for (let n = 1; n <= count; n++) {
      strings.push(`<si><t>${n}@example.com</t></si>`);
      // The table is not in the order of the rows.
      const shared = (n * 7919) % count;
      sheet.push(`<row r="${n + 1}"><c r="A${n + 1}"><v>${n}</v></c><c r="B${n + 1}" t="s"><v>${shared}</v></c></row>`);
    }
    const book = workbookOf({ sheets: { S: sheet.join('') }, strings: strings.join('') });
    const values = await readValues(await open(book), 'email');
    expect(values).toHaveLength(count);
    expect(values.every((value, index) => value === `${(((index + 1) * 7919) % count) + 1}@example.com`)).toBe(true);
  });
});

describe('the cells', () => {
  it.each([
    ['819012345678', '819012345678'],
    ['819012345678.0', '819012345678'],
    ['8.19012345678E+11', '819012345678'],
    ['8.19012345678e11', '819012345678'],
    ['8.19012E+11', '819012000000'],
    ['1.23456789012345E+14', '123456789012345'],
    ['1.2345678901234E+19', '1.2345678901234E+19'],
    ['0901234567', '0901234567'],
    ['-12.50', '-12.5'],
    ['0.1', '0.1'],
    ['1E-3', '0.001'],
    ['1.5E-300', '1.5E-300'],
    [' 7 ', '7'],
    ['not a number', 'not a number'],
    ['1'.repeat(300), '1'.repeat(300)],
  ])('give the digits of a number: %s', async (raw, text) => {
    expect(await cells([`<c r="A2"><v>${raw}</v></c>`])).toEqual([text]);
  });

  it('give texts, in every form', async () => {
    const strings = [
      '<si><t>plain &amp; &#x1F600; &lt;</t></si>',
      '<si><r><rPr><b/></rPr><t>ri</t></r><r><t xml:space="preserve">ch </t></r></si>',
      '<si><t>山田</t><rPh sb="0" eb="2"><t>ヤマダ</t></rPh><phoneticPr fontId="1"/></si>',
      '<si><t>a_x000D_b_x005F_x000D_</t></si>',
      '<si/>',
      '<si><t><![CDATA[<cdata>]]></t></si>',
    ].join('');
    const shared = [0, 1, 2, 3, 4, 5].map((index) => `<c t="s"><v>${index}</v></c>`);
    expect(
      await cells(
        [
          ...shared,
          '<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>',
          '<c t="str"><f>"a"&amp;"b"</f><v>ab</v></c>',
          '<c t="str"><f>""</f><v></v></c>',
          '<c><f>1+1</f></c>',
          '<c t="b"><v>0</v></c>',
          '<c t="e"><v>#DIV/0!</v></c>',
          '<c t="d"><v>2026-01-31T00:00:00</v></c>',
        ],
        { strings },
      ),
    ).toEqual([
      'plain & 😀 <',
      'rich ',
      '山田',
      'a\rb_x000D_',
      '',
      '<cdata>',
      'inline',
      'ab',
      '',
      '#NOT CALCULATED',
      'FALSE',
      '#DIV/0!',
      '2026-01-31T00:00:00',
    ]);
  });

  it('give dates and padded numbers in their format', async () => {
    const formats = [
      'General',
      'yyyy"年"m"月"d"日"',
      '[$-409]h:mm AM/PM',
      '[h]:mm',
      '#,##0"days";[Red]-0',
      '000\\-0000\\-0000',
      '@',
      '[$-ja-JP-x-gannen]ggge"年"m"月"d"日"',
    ];
    const styles = [
      `<numFmts>${formats.map((code, n) => `<numFmt numFmtId="${200 + n}" formatCode="${code.replaceAll('"', '&quot;')}"/>`).join('')}</numFmts>`,
      '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>',
      `<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="57"/>${formats.map((_, n) => `<xf numFmtId="${200 + n}"/>`).join('')}</cellXfs>`,
    ].join('');
    const styled = (style: number, value: string) => `<c s="${style}"><v>${value}</v></c>`;
    const sheet = [
      styled(0, '45992'),
      styled(1, '45992'),
      styled(2, '45992.75'),
      styled(3, '45992'),
      styled(4, '45992'),
      styled(5, '45992'),
      styled(6, '0.5'),
      styled(7, '1.5'),
      styled(8, '9012345678'),
      styled(9, '9012345678'),
      styled(10, '9012345678'),
      styled(11, '59'),
      styled(1, '60'),
      styled(1, '-1'),
      styled(99, '45992'),
    ];
    expect(await cells(sheet, { styles })).toEqual([
      '45992',
      '2025-12-01',
      '2025-12-01 18:00:00',
      '2025-12-01',
      '45992',
      '2025-12-01',
      '12:00:00',
      '1.5',
      '9012345678',
      '09012345678',
      '9012345678',
      '1900-02-28',
      '1900-02-28',
      '-1',
      '45992',
    ]);
    expect(await cells([styled(1, '45992')], { styles, properties: '<workbookPr date1904="1"/>' })).toEqual([
      '2029-12-02',
    ]);
  });

  it('are found under any prefix, and in UTF-16', async () => {
    const sheet =
      '<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row><x:c t="str"><x:v>email</x:v></x:c></x:row><x:row><x:c t="str"><x:v>a@example.com</x:v></x:c></x:row></x:sheetData></x:worksheet>';
    for (const content of [sheet, Buffer.from(`\ufeff${sheet}`, 'utf16le')]) {
      const others = [{ name: 'xl/worksheets/sheet0.xml', content }];
      expect(await readValues(await open(workbookOf({ sheets: { S: '' }, others })), 'email')).toEqual([
        'a@example.com',
      ]);
    }
  });
});

describe('a file that is not a workbook is recognised and refused:', () => {
  it.each([
    ['encrypted.xlsx', 'an Excel workbook with a password; save it without one'],
    ['gnumeric.xls', 'an old Excel workbook (.xls); save it as .xlsx'],
  ])('%s', async (name, fault) => {
    await expect(openFiles({ source: fixture(name) })).rejects.toMatchObject({
      code: 'source_not_text',
      message: `${fixture(name)} is not a text file but ${fault}.`,
    });
  });

  const relation = (target: string) =>
    `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="${target}"/></Relationships>`;

  it.each([
    ['a plain archive', [{ name: 'members.csv', content: 'email\n' }], 'ZIP archive without an Excel workbook'],
    [
      'OpenDocument',
      [
        { name: 'content.xml', content: '' },
        { name: 'META-INF/manifest.xml', content: '' },
      ],
      'OpenDocument',
    ],
    ['Numbers', [{ name: 'Index/Document.iwa', content: '' }], 'Numbers'],
    [
      '.xlsb',
      [
        { name: '_rels/.rels', content: relation('xl/workbook.bin') },
        { name: 'xl/workbook.bin', content: '' },
      ],
      '(.xlsb)',
    ],
    [
      'Word',
      [
        { name: '_rels/.rels', content: relation('word/document.xml') },
        { name: 'word/document.xml', content: '<w:document/>' },
      ],
      'Word or PowerPoint',
    ],
    ['a part with a password', [{ name: '_rels/.rels', content: relation('x'), encrypted: true }], 'with a password'],
  ])('%s', async (_name, entries, fault) => {
    await expect(open(zipOf(entries))).rejects.toMatchObject({
      code: 'source_not_text',
      message: expect.stringContaining(fault),
    });
  });

  it('an old Office file whose names are not at its beginning', async () => {
    const content = Buffer.alloc(100_000);
    content.write('d0cf11e0a1b11ae1', 'hex');
    await expect(open(content)).rejects.toMatchObject({
      code: 'source_not_text',
      message: expect.stringContaining('an old Office file (.xls, .doc), or an Excel workbook with a password'),
    });
  });
});

describe('a damaged workbook fails', () => {
  const rows = textRows([['email'], ...Array.from({ length: 5000 }, (_, n) => [`${n * 7919}@example.com`])]);
  const book = workbookOf({ sheets: { S: rows } });
  const unsound = {
    code: 'source_unreadable',
    message: expect.stringMatching(/cannot be read as an Excel workbook, because it is damaged or cut off/),
  };

  it('if it is cut off, and never gives only a part', async () => {
    for (const length of [book.length - 1, Math.floor(book.length / 2), 100]) {
      expect(await scanFailure(open(book.subarray(0, length)), 'email')).toMatchObject(unsound);
    }
    const bytes = Buffer.from(book);
    bytes.fill(0xaa, 10_000, 10_100);
    expect(await scanFailure(open(bytes), 'email')).toMatchObject(unsound);
  });

  it.each([
    ['a wrong checksum', { crc: 1 }],
    ['more data than announced', { size: 1000 }],
    ['less data than announced', { size: 10_000_000 }],
  ])('if it has %s', async (_name, lie) => {
    const content = `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
    const others = [{ name: 'xl/worksheets/sheet0.xml', content, lie }];
    expect(await scanFailure(open(workbookOf({ sheets: { S: '' }, others })), 'email')).toMatchObject(unsound);
  });

  it.each([
    ['no sheet', '<sheetData>', 'xl/worksheets/sheet0.xml'],
    ['no closing tag', '<worksheet><sheetData><row><c t="str"><v>email</v></c></row>', 'xl/worksheets/sheet0.xml'],
    [
      'a text that is not in the table',
      `<worksheet><sheetData><row><c t="s"><v>7</v></c></row></sheetData></worksheet>`,
      'xl/worksheets/sheet0.xml',
    ],
    ['no XML', 'PNG', 'xl/workbook.xml'],
  ])('if it has %s', async (_name, content, part) => {
    const others = [{ name: part, content }];
    expect(await scanFailure(open(workbookOf({ sheets: { S: rows }, others })), 'email')).toMatchObject(unsound);
  });
});

describe('a workbook that would use too much memory is refused at once', () => {
  const refusal = async (parts: WorkbookParts) => {
    const failure = await scanFailure(open(workbookOf(parts)), 'email');
    expect(failure).toMatchObject({ name: 'LineupError' });
    return failure;
  };
  const email = '<row r="1"><c r="A1" t="str"><v>email</v></c></row>';
  const sheetOf = (content: string | Buffer, lie?: { size: number }) => ({
    sheets: { S: '' },
    others: [{ name: 'xl/worksheets/sheet0.xml', content, ...(lie && { lie }) }],
  });

  it('because of entities', async () => {
    const entities = ['<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'];
    for (let n = 0; n < 9; n++) entities.push(`<!ENTITY b${n} "${'&a;'.repeat(10)}">`);
    const xml = `${entities.join('')}]><worksheet><sheetData>${email}<row><c t="str"><v>&b8;</v></c></row></sheetData></worksheet>`;
    expect(await refusal(sheetOf(xml))).toMatchObject({ code: 'source_unreadable' });
    const undeclared = xml.slice(xml.indexOf('<worksheet>'));
    expect(await refusal(sheetOf(undeclared))).toMatchObject({ code: 'source_unreadable' });
  });

  it('because of its announced size', async () => {
    expect(await refusal(sheetOf('<worksheet/>', { size: 4_290_000_000 }))).toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('larger than 4,000 MB'),
    });
  });

  it.each([
    ['rows', `<row r="1048577"><c><v>1</v></c></row>`],
    ['columns', `<row r="2"><c r="XFE2"><v>1</v></c></row>`],
    ['more columns', `<row r="2"><c r="${'Z'.repeat(3000)}2"><v>1</v></c></row>`],
    ['characters in a cell', `<row r="2"><c r="A2" t="str"><v>${'x'.repeat(5_000_000)}</v></c></row>`],
  ])('because of too many %s', async (_name, row) => {
    expect(await refusal({ sheets: { S: email + row } })).toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('more rows, columns or characters'),
    });
  });

  it.each([
    ['depth', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`],
    ['a tag without end', `<a b="${'x'.repeat(20_000_000)}"/>`],
    ['a comment without end', `<!--${'x'.repeat(20_000_000)}-->`],
  ])('because of %s', async (_name, xml) => {
    expect(await refusal({ sheets: { S: `${email}${xml}` } })).toMatchObject({ code: 'source_unreadable' });
  });

  it('because of too many entries', async () => {
    const others = Array.from({ length: 10_001 }, (_, n) => ({ name: `xl/media/${n}`, content: '' }));
    expect(await refusal({ sheets: { S: email }, others })).toMatchObject({ code: 'source_unreadable' });
  });

  it('because of an endless stream', async () => {
    const endless = function* () {
      yield Buffer.from('PK\x03\x04');
      for (;;) yield Buffer.alloc(1_000_000);
    };
    const stdin = Readable.from(endless());
    await expect(openFiles({ source: '-', stdin })).rejects.toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('a workbook of more than 128 MB'),
    });
  });
});

it('the errors of a workbook hold nothing of its content', async () => {
  const book = await readFile(fixture('openpyxl.xlsx'));
  const failures = [await scanFailure(open(book.subarray(0, -30)), 'email'), await scanFailure(open(book), 'e-mail')];
  for (const failure of failures) expect(String(failure)).not.toMatch(/taro|hanako|8190/);
});

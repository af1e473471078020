import { openFiles } from '../../src/sources/files/open.ts';
import type { Source } from '../../src/sources/source.ts';
import { sourceContract } from './contract.ts';
import { useFolder } from './support/folder.ts';
import { csvOf, damaged, ndjsonOf, parquetOf, sheetOf } from './support/member-files.ts';

const folder = useFolder();
let files = 0;

async function open(ending: string, text: string | Uint8Array): Promise<Source> {
  files += 1;
  return openFiles({ source: await folder.write(`text-${files}.${ending}`, text) });
}

sourceContract({
  name: 'CSV',
  lists: false,
  nul: true,
  places: false,
  open: (rows) => open('csv', csvOf(rows)),
  openBroken: (rows) => open('csv', `${csvOf(rows)}1,a,column,too,many\n`),
});

sourceContract({
  name: 'a workbook',
  lists: false,
  nul: true,
  places: false,
  open: (rows) => open('xlsx', sheetOf(rows)),
  openBroken: async (rows) => {
    const source = await open('xlsx', sheetOf(rows));
    await folder.write(`text-${files}.xlsx`, sheetOf(rows, false));
    return source;
  },
});

sourceContract({
  name: 'NDJSON',
  lists: true,
  nul: true,
  places: false,
  open: (rows) => open('ndjson', ndjsonOf(rows)),
  openBroken: (rows) => open('ndjson', `${ndjsonOf(rows)}{"email":\n`),
});

sourceContract({
  name: 'Parquet',
  lists: true,
  nul: true,
  places: false,
  open: async (rows) => openFiles({ source: await parquetOf(folder, rows) }),
  openBroken: async (rows) => openFiles({ source: await damaged(await parquetOf(folder, rows)) }),
});

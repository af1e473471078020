import { openFiles } from '../../src/sources/files/open.ts';
import type { Source } from '../../src/sources/source.ts';
import { type Row, sourceContract } from './contract.ts';
import { useFolder } from './support/folder.ts';

const folder = useFolder();
let files = 0;

async function open(ending: string, text: string): Promise<Source> {
  files += 1;
  return openFiles({ source: await folder.write(`members-${files}.${ending}`, text) });
}

const csv = (rows: readonly Row[]) =>
  [
    'id,email',
    ...rows.map(({ email }, index) => `${index},"${(email ?? '').replaceAll('"', '""')}"`),
    '',
  ].join('\n');

sourceContract({
  name: 'CSV',
  lists: false,
  nul: true,
  open: (rows) => open('csv', csv(rows)),
  openBroken: (rows) => open('csv', `${csv(rows)}1,a,column,too,many\n`),
});

/** Without a member it is a blank line: a file without a byte is refused. */
const ndjson = (rows: readonly Row[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('') || '\n';

sourceContract({
  name: 'NDJSON',
  lists: true,
  nul: true,
  open: (rows) => open('ndjson', ndjson(rows)),
  openBroken: (rows) => open('ndjson', `${ndjson(rows)}{"email":\n`),
});

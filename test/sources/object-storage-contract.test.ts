/** Objects in S3 fulfil the contract of sources: text, and Parquet, which is read in parts. */
import { readFile } from 'node:fs/promises';
import type { Source } from '../../src/sources/source.ts';
import { sourceContract } from './contract.ts';
import { useFolder } from './support/folder.ts';
import { csvOf, damaged, parquetOf } from './support/member-files.ts';
import { s3At, startStorage } from './support/object-storage.ts';

const folder = useFolder();

async function open(key: string, content: string | Uint8Array): Promise<Source> {
  const sim = await startStorage();
  sim.put('members', key, content);
  return s3At(sim).open(`s3://members/${key}`);
}

sourceContract({
  name: 'CSV in S3',
  lists: false,
  nul: true,
  places: false,
  like: 'CSV',
  open: (rows) => open('daily/members.csv', csvOf(rows)),
  openBroken: async (rows) => {
    const sim = await startStorage();
    sim.put('members', 'daily/members.csv', csvOf(rows));
    const source = await s3At(sim).open('s3://members/daily/members.csv');
    sim.put('members', 'daily/members.csv', `${csvOf(rows)}other\n`);
    return source;
  },
});

sourceContract({
  name: 'Parquet in S3',
  lists: true,
  nul: true,
  places: false,
  like: 'Parquet',
  open: async (rows) => open('members.parquet', await readFile(await parquetOf(folder, rows))),
  openBroken: async (rows) => open('members.parquet', await readFile(await damaged(await parquetOf(folder, rows)))),
});

/** The contract of sources must also hold between the service and a reader process. */
import { onTestFinished } from 'vitest';
import type { Source } from '../../src/sources/source.ts';
import { type Row, sourceContract } from '../sources/contract.ts';
import { useFolder } from '../sources/support/folder.ts';
import { startLytics } from '../sources/support/lytics.ts';
import { csvOf, damaged, parquetOf } from '../sources/support/member-files.ts';
import { filesBelow, useReaders } from '../support/readers.ts';

const folder = useFolder();
const readers = useReaders();
let files = 0;

async function closedInTheEnd(opening: Promise<Source>): Promise<Source> {
  const source = await opening;
  onTestFinished(() => source.close());
  return source;
}

const openFile = (path: string) => closedInTheEnd(readers.open(filesBelow(folder.path('')), path));

async function csv(text: string): Promise<Source> {
  files += 1;
  return openFile(await folder.write(`text-${files}.csv`, text));
}

sourceContract({
  name: 'CSV in a reader',
  lists: false,
  nul: true,
  places: false,
  open: (rows) => csv(csvOf(rows)),
  openBroken: (rows) => csv(`${csvOf(rows)}1,a,column,too,many\n`),
});

sourceContract({
  name: 'Parquet in a reader',
  lists: true,
  nul: true,
  places: false,
  memoryLike: 'CSV in a reader',
  open: async (rows) => openFile(await parquetOf(folder, rows)),
  openBroken: async (rows) => openFile(await damaged(await parquetOf(folder, rows))),
});

async function lytics(rows: readonly Row[], faulty = false): Promise<Source> {
  const members = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
  const sim = await startLytics({
    segments: [{ slug: 'given', name: 'Given members', members }],
    faults: faulty ? [{ kind: 'status', status: 404, endpoint: 'scan', nth: 3 }] : [],
  });
  const credentials = { token: sim.token, origin: sim.origin };
  const access = { provider: 'lytics', credentials, internalHosts: ['127.0.0.1'] } as const;
  return closedInTheEnd(readers.open(access, sim.segmentId('given')));
}

sourceContract({
  name: 'Lytics in a reader',
  lists: true,
  nul: true,
  places: true,
  memoryLike: 'CSV in a reader',
  open: (rows) => lytics(rows),
  openBroken: (rows) => lytics(rows, true),
});

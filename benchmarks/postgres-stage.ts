/** Scans the e-mails of a table, and stages them when a directory is named. Usage: postgres-stage.ts <url> <table> [<out>] */
import { mkdirSync } from 'node:fs';
import { stage } from '../src/export/stage/stage.ts';
import { openPostgres } from '../src/sources/postgres/open.ts';

const [url = '', table = '', directory] = process.argv.slice(2);
const source = await openPostgres({ connection: { url }, audience: { schema: 'public', table } });
const scan = await source.scan('email');
if (directory === undefined) {
  for await (const _ of scan.blocks);
  await scan.finished;
  await scan.close();
} else {
  mkdirSync(directory);
  await stage({
    scan,
    identifierType: 'email',
    ifaFormat: 'sha256',
    directory,
    chunkName: (index) => `chunk-${index}.txt`,
    maxChunkRecords: 1_000_000,
    maxChunkBytes: 60_000_000,
  });
}

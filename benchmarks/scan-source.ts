/**
 * Scans the e-mail addresses of a source, and stages them if a directory is given. Usage: scan-source.ts <source>
 * [<out>] [--fields email,phone,ifa]. The source has the form of `--source`, and its credentials are in the environment, as
 * for the command line. Several fields are only scanned, in one pass.
 */

import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openSource } from '../src/compose/open-source.ts';
import { readConfig } from '../src/config/config.ts';
import { systemClock } from '../src/contracts/system-clock.ts';
import { plainFolder } from '../src/export/stage/chunk-files.ts';
import { stage } from '../src/export/stage/stage.ts';

const {
  positionals: [name = '', directory],
  values: { fields = 'email' },
} = parseArgs({ allowPositionals: true, options: { fields: { type: 'string' } } });
const signal = new AbortController().signal;
const where = { source: name, format: undefined, encoding: undefined };
const source = await openSource(where, (await readConfig()).variable, signal);
const scan = await source.scan(fields.split(','), signal);
if (directory === undefined) {
  for await (const _ of scan.blocks);
  await scan.finished;
  await scan.close();
} else {
  mkdirSync(directory);
  await stage({
    scan,
    deliveries: [
      {
        identifierType: 'email',
        ifaFormat: 'sha256',
        chunkName: (index) => `chunk-${index}.txt`,
        maxChunkRecords: 1_000_000,
        maxChunkBytes: 60_000_000,
      },
    ],
    folder: plainFolder(directory),
    clock: systemClock,
  });
}
await source.close();

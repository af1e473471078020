/**
 * Scans the e-mail addresses of a source, and stages them if a directory is given. Usage: scan-source.ts <source>
 * [<out>] [--fields email,phone,ifa] [--hashed] [--received-to <file>]. The source has the form of `--source`, and its
 * credentials are in the environment, as for the command line. Several fields are only scanned, in one pass.
 * `--hashed`: the database hashes. `--received-to`: the file gets the number of bytes that came from the servers.
 */

import { subscribe } from 'node:diagnostics_channel';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { openSource } from '../src/compose/open-source.ts';
import { readConfig } from '../src/config/config.ts';
import { plainFolder } from '../src/export/prepare.ts';
import { stage } from '../src/export/stage/stage.ts';
import { systemClock } from '../src/machine/system-clock.ts';

const {
  positionals: [name = '', directory],
  values: { fields = 'email', hashed, 'received-to': note },
} = parseArgs({
  allowPositionals: true,
  options: { fields: { type: 'string' }, hashed: { type: 'boolean' }, 'received-to': { type: 'string' } },
});
const sockets: Socket[] = [];
subscribe('net.client.socket', (message) => sockets.push((message as { readonly socket: Socket }).socket));
const signal = new AbortController().signal;
const where = { source: name, format: undefined, encoding: undefined };
const source = await openSource(where, (await readConfig()).variable, signal);
const scan = hashed
  ? await source.scanHashes!([{ field: fields, identifierType: 'email' }], signal)
  : await source.scan(fields.split(','), signal);
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
const received = sockets.reduce((total, { bytesRead }) => total + bytesRead, 0);
if (note !== undefined) writeFileSync(note, String(received));

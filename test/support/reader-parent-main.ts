/**
 * A process with a reader in an endless loop. Its argument is the path of the file to open. It prints the process id
 * of its reader when the reader has opened the file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readerEnvironment } from '../../src/config/reader-environment.ts';
import { ReaderPool } from '../../src/readers/pool/pool.ts';
import { defaultReaderSettings } from '../../src/readers/pool/reader-process.ts';

const path = process.argv[2] ?? '';
const entry = new URL('hostile-reader-main.ts', import.meta.url);
const pool = new ReaderPool({ ...defaultReaderSettings, environment: readerEnvironment(), entry });
const { signal } = new AbortController();
const reader = await pool.acquire(signal, 1_000);
const access = {
  provider: 'files',
  roots: [dirname(path)],
  urlRoots: [],
  own: [],
  upload: null,
  internalHosts: [],
} as const;
void reader.call('open', { access, audienceId: path }, signal).catch(() => {});
while (!existsSync(`${path}.touched`)) await delay(20);
console.log(`reader ${readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')}`);

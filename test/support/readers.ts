/** Reader processes for a test file, without a service. */
import { resolve } from 'node:path';
import { afterAll } from 'vitest';
import { readerEnvironment } from '../../src/config/reader-environment.ts';
import { ReaderPool } from '../../src/readers/pool/pool.ts';
import { defaultReaderSettings, type ReaderSettings } from '../../src/readers/pool/reader-process.ts';
import { type ReadObserver, RemoteSource } from '../../src/readers/pool/remote-source.ts';
import type { FilesAccess, SourceAccess } from '../../src/readers/protocol.ts';
import type { Source } from '../../src/sources/source.ts';

/** Readers for hostile sources (hostile-reader-main.ts), with lower limits than usual. */
export const hostileReaders: Partial<ReaderSettings> = {
  entry: new URL('hostile-reader-main.ts', import.meta.url),
  memoryBytes: 400_000_000,
  graceMs: 300,
};

/** Errors go through unchanged. */
const nobody: ReadObserver = { explain: async (error) => error, worked: async () => {} };

export const filesBelow = (root: string): FilesAccess => ({
  provider: 'files',
  roots: [resolve(root)],
  urlRoots: [],
  own: [],
  upload: null,
  internalHosts: [],
});

export function useReaders(change: Partial<ReaderSettings> = {}) {
  const pool = new ReaderPool({ ...defaultReaderSettings, environment: readerEnvironment(), ...change });
  afterAll(() => pool.close());
  const open = async (
    access: SourceAccess,
    audienceId: string,
    { signal = new AbortController().signal, timeoutMs = 60_000 } = {},
  ): Promise<Source> => {
    const reader = await pool.acquire(signal, timeoutMs);
    return RemoteSource.open(reader, { access, audienceId }, signal, nobody, () => pool.release(reader));
  };
  return { pool, open };
}

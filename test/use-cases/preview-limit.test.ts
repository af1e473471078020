/** A preview ends after its time, although its source gives more and more. */
import { expect, test } from 'vitest';
import { previewRequest } from '../../src/contracts/sources.ts';
import { BlockScan } from '../../src/sources/scans.ts';
import type { Source } from '../../src/sources/source.ts';
import type { UseCaseDeps } from '../../src/use-cases/deps.ts';
import { sourceUseCases } from '../../src/use-cases/sources/index.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { aikoAs } from '../support/service.ts';

const bench = useDatabase(mainDatabase);

/** A source with members without end. It says when it is read, and when it is stopped. */
function endless() {
  const read = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const source: Source = {
    label: 'endless.csv.gz',
    fields: async () => [{ name: 'email', type: 'text', list: false }],
    preview: async () => [],
    scan: async (_, signal) =>
      new BlockScan({
        marked: [false],
        column: () => 0,
        progress: () => undefined,
        signal,
        blocks: async function* (stop) {
          stop.addEventListener('abort', () => stopped.resolve(), { once: true });
          while (!stop.aborted) {
            yield Buffer.from('\n'.repeat(1_000));
            read.resolve();
            await new Promise(setImmediate);
          }
          throw stop.reason;
        },
      }),
    close: async () => {},
  };
  return { source, read: read.promise, stopped: stopped.promise };
}

const request = previewRequest.parse({
  segment_id: '/exports/endless.csv.gz',
  id_field: 'email',
  identifier_type: 'email',
});

function preview(signal: AbortSignal) {
  const { source, read, stopped } = endless();
  const waits: { ms: number; end: () => void }[] = [];
  const limits: unknown[] = [];
  const deps = {
    db: bench.database.db,
    sources: {
      open: async (_ref: unknown, _by: unknown, _signal: unknown, limit: unknown) => {
        limits.push(limit);
        return source;
      },
    },
    sleep: (ms: number, ended?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waits.push({ ms, end: resolve });
        ended?.addEventListener('abort', () => reject(ended.reason), { once: true });
      }),
  } as unknown as UseCaseDeps;
  const answer = sourceUseCases(deps).preview(aikoAs('editor'), request, signal);
  answer.catch(() => {});
  return { answer, read, stopped, waits, limits };
}

test('a preview ends after 30 seconds, and one sentence says so', async () => {
  const { answer, read, stopped, waits, limits } = preview(new AbortController().signal);
  await read;
  expect(limits).toEqual([{ mostUnpacked: 1_000_000_000, yields: true }]);
  waits.find(({ ms }) => ms === 30_000)!.end();
  await expect(answer).rejects.toMatchObject({
    code: 'source_failed',
    message: 'The preview was stopped, because it did not end within 30 seconds. A run has no such limit.',
    retryable: false,
  });
  await stopped;
});

test('a preview ends when its client goes away', async () => {
  const gone = new AbortController();
  const { answer, read, stopped } = preview(gone.signal);
  await read;
  gone.abort();
  await expect(answer).rejects.not.toMatchObject({ message: expect.stringContaining('30 seconds') });
  await stopped;
});

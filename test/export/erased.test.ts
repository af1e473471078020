/** Somebody is put on the erasure list while a run waits before it sends. */
import { expect, test } from 'vitest';
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import type { ErasureList, ExportContext } from '../../src/export/context.ts';
import type { AudienceTurn } from '../../src/export/turns.ts';
import { uploadChunk } from '../../src/export/upload.ts';
import { staged, started } from '../support/runs.ts';
import { at } from '../support/service.ts';

test('a chunk that waited for its turn is not sent with somebody who is on the list since', async () => {
  const time = at(0).toISOString();
  const state = foldRun([started('r1', time), staged(time, 3)]);
  const chunk = state.staged!.chunks[0]!;
  let list: ErasureList = new Map();
  let turns = 0;
  const done: string[] = [];
  const context = {
    journal: {
      state,
      staged: { size: async (name: string) => (name === chunk.file ? chunk.bytes : undefined) },
      append: async ({ type }: { type: string }) => done.push(type),
    },
    erasures: async () => list,
    history: { openReplaces: async () => [] },
    limits: {
      slotTurn: async () => {
        turns += 1;
        list = new Map([['email', { key: Buffer.alloc(32), hashes: Buffer.alloc(32), digest: 'another' }]]);
        return () => (turns -= 1);
      },
    },
    place: { take: async () => {}, leave: () => {} },
    waiting: { enter: () => () => {}, count: 0 },
    clock: { monotonic: () => 0, now: () => at(0) },
    signal: new AbortController().signal,
    onProgress: () => {},
  } as unknown as ExportContext;
  const lineAds = {
    customAudiences: { upload: async () => done.push('upload') },
  } as unknown as LineAdsClient;
  const turn = { delivery: context, isTaken: true } as AudienceTurn;
  await expect(uploadChunk(turn, lineAdsDestination(lineAds), chunk)).rejects.toMatchObject({
    code: 'source_changed',
  });
  expect(done).toEqual([]);
  expect(turns).toBe(0);
});

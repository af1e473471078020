/** The answer to the upload that creates an audience is lost, and LINE lists the audience only after a second try. */
import { expect, test } from 'vitest';
import { type LineAdsClient, LineAdsError } from '../../packages/line-ads/src/index.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { type ExportContext, WaitingRuns } from '../../src/export/context.ts';
import type { AudienceTurn } from '../../src/export/turns.ts';
import { uploadChunk } from '../../src/export/upload.ts';
import { staged, started } from '../support/runs.ts';
import { at } from '../support/service.ts';

const failure = (reason: string | null, outcome: 'unknown' | 'not_taken') =>
  new LineAdsError(
    {
      code: reason === null ? 'timeout' : 'bad_request',
      message: 'No.',
      retryable: false,
      mayBeTaken: outcome === 'unknown',
      reasons: reason === null ? [] : [{ reason }],
    },
    { message: 'No.', attempts: 1, outcome },
  );

test('the second upload is refused for the name, which is that of the first, and the run goes on with it', async () => {
  const time = at(0).toISOString();
  const events: RunEvent[] = [
    started('r1', time, { mode: 'append', audienceId: null, audienceName: 'VIP' }),
    staged(time, 3),
  ];
  const journal = {
    get state() {
      return foldRun(events);
    },
    staged: { size: async () => journal.state.staged!.chunks[0]!.bytes },
    append: async (event: RunEvent) => void events.push(event),
  };
  let uploads = 0;
  const customAudiences = {
    upload: async () => {
      uploads += 1;
      throw uploads === 1 ? failure(null, 'unknown') : failure('AUDIENCE_GROUP_NAME_DUPLICATE', 'not_taken');
    },
    list: async function* () {
      if (uploads > 1) yield { id: '901', name: 'VIP', functionType: 'HASHED_EMAIL_UPLOAD' };
    },
    uploadJobs: async () => [{ name: 'lineup-r1-1.txt', jobStatus: 'QUEUED', audienceGroupJobId: 'j1' }],
  };
  const context = {
    journal,
    traits: lineAdsTraits,
    place: { take: async () => {}, leave: () => {} },
    waiting: new WaitingRuns(),
    clock: { monotonic: () => 0, now: () => at(0), sleep: async () => {} },
    signal: new AbortController().signal,
    onProgress: () => {},
    pollIntervalMs: 1,
  } as unknown as ExportContext;
  const turn = { delivery: context, isTaken: true } as AudienceTurn;

  const destination = lineAdsDestination({ customAudiences } as unknown as LineAdsClient);
  await uploadChunk(turn, destination, journal.state.staged!.chunks[0]!);

  expect(uploads).toBe(2);
  expect(journal.state.audienceId).toBe('901');
  expect(journal.state.chunks.get(1)?.phase).toBe('accepted');
});

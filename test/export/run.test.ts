/** The end of a run when the storage of its staged files does not answer either. */
import { expect, test } from 'vitest';
import { type EventLog, type LogFields, logEvents, silentLog } from '../../src/contracts/event-log.ts';
import type { RunFolder, RunJournal } from '../../src/contracts/ports.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { applyEvent, foldRun, type RunState } from '../../src/domain/runs/run-state.ts';
import { localized, sentence } from '../../src/domain/text/sentence.ts';
import type { ExportContext } from '../../src/export/context.ts';
import { runExport } from '../../src/export/run.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { intent, staged, started } from '../support/runs.ts';

const away = new LineupError('storage_failed', 'The database does not answer.', { retryable: true });

/** Nothing of its folder can be read or removed. */
const folder = new Proxy({} as RunFolder, { get: () => () => Promise.reject(away) });

function journalOf(first: RunState): RunJournal {
  let state = first;
  return {
    get state() {
      return state;
    },
    staged: folder,
    append: async (event) => {
      state = applyEvent(state, event);
    },
  } as RunJournal;
}

const at = '2026-03-02T00:00:00.000Z';

/** A run that cannot take its place. @param earlier what it has done before */
async function failing(
  why: unknown,
  earlier: readonly RunEvent[] = [],
  signal = new AbortController().signal,
  log: EventLog = silentLog,
): Promise<Pick<RunState, 'status' | 'error'>> {
  const journal = journalOf(foldRun([started('r1', at), ...earlier]));
  const context = {
    journal,
    clock: systemClock,
    log,
    signal,
    traits: lineAdsTraits,
    place: { take: () => Promise.reject(why), leave: () => {} },
  } as Partial<ExportContext> as ExportContext;
  const { status, error } = await runExport(context);
  return { status, error };
}

test('a run ends with the first failure, and continues later', async () => {
  expect(await failing(away)).toMatchObject({
    status: 'failed',
    error: { code: 'storage_failed', retryable: true, resumable: true },
  });
});

test('an unexpected error leaves its name and its place in the log, and its message neither there nor in the journal', async () => {
  const fault = new SyntaxError('Unexpected token: "alice@example.com" is not valid JSON');
  const faults: (LogFields | undefined)[] = [];
  const log: EventLog = { record: (event, fields) => void (event === 'run.fault' && faults.push(fields)) };
  expect(await failing(fault, [], undefined, log)).toEqual({
    status: 'failed',
    error: {
      code: 'internal',
      ...localized(sentence`Lineup has an internal error (${'SyntaxError'}). Please report it.`),
      reason: null,
      retryable: false,
      resumable: false,
      allowShrinkTo: null,
    },
  });
  expect(faults).toEqual([
    { run_id: 'r1', cause: 'SyntaxError', detail: expect.stringMatching(/^ +at .*run\.test\.ts/) },
  ]);
  expect(JSON.stringify(faults)).not.toContain('alice');
  expect(logEvents['run.fault'].level).toBe('debug');
});

const notTaken: RunEvent = { type: 'not_taken', at, chunk: 1, reason: null };
const job = (jobStatus: string): RunEvent => ({
  ...{ type: 'job', at, chunk: 1, uploadJobId: 'j1', jobStatus },
  ...{ failedType: null, audienceCount: null },
});

test.each([
  ['Interrupted: nothing was sent to LINE.', []],
  ['Interrupted: LINE has none of the 1 chunks.', [intent(at), notTaken]],
  ['Interrupted: LINE has none of the 1 chunks.', [intent(at), job('FAILED')]],
  [
    'Interrupted: LINE has finished 0 of 1 chunks. The audience is incomplete until you continue the run.',
    [intent(at)],
  ],
  ['Interrupted: LINE has finished all 1 chunks.', [intent(at), job('FINISHED')]],
])('an interrupted run says what LINE has of it: %s', async (message, events) => {
  const { error } = await failing(away, [staged(at, 3), ...events], AbortSignal.abort());
  expect(error).toMatchObject({ code: 'interrupted', message });
});

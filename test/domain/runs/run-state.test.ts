/** What entries mean that only some destinations need. */
import { expect, test } from 'vitest';
import { describeRun, summariseRun } from '../../../src/domain/runs/run-document.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { foldRun } from '../../../src/domain/runs/run-state.ts';
import { intent, staged, started } from '../../support/runs.ts';
import { accepted, created, finished, time } from '../../support/stored-runs.ts';

const sends = (audienceId: string | null): RunEvent => ({
  ...(intent(time(2)) as Extract<RunEvent, { type: 'intent' }>),
  action: 'ADD',
  audienceId,
});
const creating = [started('r1', time(0), { audienceId: null, audienceName: 'VIP' }), staged(time(1), 7)];

test('an audience that is created first is known before its chunk is sent', () => {
  const asked = [...creating, sends(null)];
  expect(summariseRun(foldRun(asked))).toMatchObject({ audience_id: null, at_line: 'part' });
  const made = foldRun([...asked, created(3, '900')]);
  expect(made).toMatchObject({ audienceId: '900', audienceName: 'VIP', created: true });
  expect(made.chunks.get(1)?.phase).toBe('waiting');
  expect(summariseRun(made)).toMatchObject({ audience_id: '900', at_line: 'nothing', uploaded: 0 });
  const sent = foldRun([...asked, created(3, '900'), sends('900'), accepted(4, '900')]);
  expect(sent).toMatchObject({ audienceId: '900', created: true });
  expect(sent.chunks.get(1)?.phase).toBe('accepted');
});

test('an upload job may be known by the answer to its upload', () => {
  const state = foldRun([...creating, sends(null), { ...accepted(3), uploadJobId: 'j1' }]);
  expect(state.chunks.get(1)).toMatchObject({ phase: 'accepted', uploadJobId: 'j1', jobStatus: null });
});

test('a state of an upload job may have another word, until the next state', () => {
  const working = { ...finished(4), jobStatus: 'WORKING', word: 'PROCESSING' };
  const chunkAfter = (...events: RunEvent[]) =>
    describeRun(foldRun([...creating, sends(null), accepted(3), ...events]), new Date(time(9))).chunks[0];
  expect(chunkAfter(working)).toMatchObject({ jobStatus: 'WORKING', word: 'PROCESSING' });
  expect(chunkAfter(working, finished(5))).toMatchObject({ jobStatus: 'FINISHED' });
  expect(chunkAfter(working, finished(5))).not.toHaveProperty('word');
});

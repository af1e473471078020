import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { RunFiles } from '../../../src/store/data-directory/run-files.ts';
import { directoryOfTest } from '../../support/directory.ts';
import { ended, intent, staged, started } from '../../support/runs.ts';
import { AUDIENCE, bothStaged, sendingOf, time, withSharer } from '../../support/stored-runs.ts';

let data: string;
let runs: RunFiles;
beforeEach(() => {
  data = directoryOfTest('runs');
  runs = new RunFiles(data);
});

const journalPath = (runId: string) => join(data, 'runs', runId, 'journal.ndjson');

/** A run of `unique` members that wrote to the audience at `at`. */
async function past(runId: string, at: string, unique: number, status: 'succeeded' | 'failed' = 'succeeded') {
  const journal = await runs.create(started(runId, at));
  for (const event of [staged(at, unique), intent(at), ended(at, status)]) await journal.append(event);
  await journal.close();
}

describe('a journal in a file', () => {
  test('is private and can be opened again', async () => {
    const journal = await runs.create(started('r1', '2026-01-01T00:00:00.000Z'));
    await journal.append(staged('2026-01-01T00:00:01.000Z', 3));
    const { state } = journal;
    await journal.close();
    expect(statSync(journalPath('r1')).mode & 0o777).toBe(0o600);
    expect(statSync(join(data, 'runs', 'r1')).mode & 0o777).toBe(0o700);
    const again = await runs.resume('r1');
    expect(again.state).toEqual(state);
    await again.close();
  });

  test('drops a line that a crash cut short, and continues after the last whole line', async () => {
    const journal = await runs.create(started('r1', '2026-01-01T00:00:00.000Z'));
    await journal.close();
    appendFileSync(journalPath('r1'), '{"type":"staged","at":"2026-01');
    const again = await runs.resume('r1');
    expect(again.state.staged).toBeNull();
    await again.append(staged('2026-01-01T00:00:01.000Z', 3));
    await again.close();
    expect((await runs.get('r1')).staged?.counts.unique).toBe(3);
    expect(readFileSync(journalPath('r1'), 'utf8').split('\n')).toHaveLength(3);
  });

  test('from an older version with a stored resume command is read as the facts behind it', async () => {
    for (const [id, resume, resumable, allowShrinkTo] of [
      ['r1', null, false, null],
      ['r2', './lineup export --resume r2', true, null],
      ['r3', 'lineup export --resume r3 --max-shrink 0.91', true, 0.91],
      ['r4', 'lineup export --resume r4 --max-shrink 1', true, 1],
    ] as const) {
      const journal = await runs.create(started(id, '2026-01-01T00:00:00.000Z'));
      await journal.close();
      const error = {
        code: 'audience_shrinks',
        message: 'It shrinks.',
        reason: null,
        retryable: false,
        resume,
      };
      const end = { type: 'ended', at: '2026-01-01T00:00:01.000Z', status: 'failed', error };
      appendFileSync(journalPath(id), `${JSON.stringify(end)}\n`);
      const { resume: _, ...facts } = error;
      expect((await runs.get(id)).error).toEqual({ ...facts, resumable, allowShrinkTo });
    }
  });

  test('that is damaged in the middle is refused with its path', async () => {
    const journal = await runs.create(started('r1', '2026-01-01T00:00:00.000Z'));
    await journal.append(ended('2026-01-01T00:00:01.000Z'));
    await journal.close();
    const text = readFileSync(journalPath('r1'), 'utf8');
    writeFileSync(journalPath('r1'), text.replace('"started"', '"star'));
    await expect(runs.get('r1')).rejects.toMatchObject({ code: 'storage_failed' });
  });

  test('is held by one process at a time', async () => {
    const journal = await runs.create(started('r1', '2026-01-01T00:00:00.000Z'));
    await expect(runs.resume('r1')).rejects.toMatchObject({ code: 'run_in_progress' });
    expect((await runs.get('r1')).status).toBe('running');
    await journal.close();
    expect((await runs.get('r1')).status).toBe('interrupted');
  });

  test.each(['nothing', '../r1', '', '..'])('an unknown id is refused: %j', async (runId) => {
    await expect(runs.get(runId)).rejects.toMatchObject({ code: 'run_not_found', kind: 'usage' });
  });
});

describe('history', () => {
  test('lists newest first', async () => {
    await past('a', '2026-01-01T00:00:00.000Z', 1);
    await past('b', '2026-01-02T00:00:00.000Z', 1);
    expect((await runs.list()).map((run) => run.runId)).toEqual(['b', 'a']);
  });

  test('the last successful run is the last succeeded replace of that audience', async () => {
    await past('a', '2026-01-01T00:00:00.000Z', 10);
    await past('b', '2026-01-02T00:00:00.000Z', 20);
    await past('c', '2026-01-03T00:00:00.000Z', 30, 'failed');
    expect(await runs.lastReplace('A1', '5343822743475')).toEqual({
      runId: 'b',
      unique: 20,
      at: '2026-01-02T00:00:00.000Z',
    });
    expect(await runs.lastReplace('A2', '5343822743475')).toBeUndefined();
    expect(await runs.lastReplace('A1', '1')).toBeUndefined();
  });

  test('knows which audience a run has created', async () => {
    await past('a', '2026-01-01T00:00:00.000Z', 10);
    expect(await runs.made('A1', '5343822743475')).toBe(false);
    const at = '2026-01-02T00:00:00.000Z';
    const journal = await runs.create(started('b', at, { audienceId: null, audienceName: 'VIP' }));
    await journal.append({
      type: 'accepted',
      at,
      chunk: 1,
      audienceId: '5343822743476',
      audienceName: 'VIP',
    });
    await journal.append(ended(at, 'failed'));
    await journal.close();
    expect(await runs.made('A1', '5343822743476')).toBe(true);
    expect(await runs.made('A2', '5343822743476')).toBe(false);
  });

  test('knows when a later run has written to the audience', async () => {
    await past('a', '2026-01-01T00:00:00.000Z', 10, 'failed');
    const a = await runs.get('a');
    expect(await runs.supersededBy(a)).toBeUndefined();
    await past('b', '2026-01-02T00:00:00.000Z', 20, 'failed');
    expect(await runs.supersededBy(a)).toBe('b');
    expect(await runs.supersededBy(await runs.get('b'))).toBeUndefined();
  });

  test('knows the later run also when the clock was set back between the two', async () => {
    await past('a', '2026-01-02T00:00:00.000Z', 10, 'failed');
    await past('b', '2026-01-01T00:00:00.000Z', 20, 'failed');
    expect(await runs.supersededBy(await runs.get('a'))).toBe('b');
    expect(await runs.supersededBy(await runs.get('b'))).toBeUndefined();
  });

  test('the staged chunks of a superseded run are deleted, and the newest run keeps its chunks', async () => {
    for (const [runId, at] of [
      ['a', '2026-01-01T00:00:00.000Z'],
      ['b', '2026-01-02T00:00:00.000Z'],
    ] as const) {
      const journal = await runs.create(started(runId, at));
      await journal.staged.clear();
      await journal.append(intent(at));
      await journal.close();
    }
    await runs.discardSuperseded(await runs.get('b'));
    for (const name of ['staged', 'staged.key']) {
      expect(existsSync(join(data, 'runs', 'a', name)), name).toBe(false);
      expect(existsSync(join(data, 'runs', 'b', name)), name).toBe(true);
    }
  });

  test('the same happens to a run whose audience another run has created since', async () => {
    const toMake = (audienceName: string) => ({ audienceId: null, audienceName });
    for (const [runId, at, name] of [
      ['a', '2026-01-01T00:00:00.000Z', 'VIP'],
      ['b', '2026-01-01T00:00:00.000Z', 'Others'],
      ['c', '2026-01-02T00:00:00.000Z', 'VIP'],
    ] as const) {
      const journal = await runs.create(started(runId, at, toMake(name)));
      await journal.staged.clear();
      if (runId === 'c') await journal.append(intent(at));
      await journal.close();
    }
    await runs.discardSuperseded(await runs.get('c'));
    expect(['a', 'b', 'c'].map((id) => existsSync(join(data, 'runs', id, 'staged')))).toEqual([false, true, true]);
  });
});

test('open uploads are those of the other run that wrote last to the audience, if nobody has seen their end at LINE', async () => {
  await past('r1', '2026-01-01T00:00:10.000Z', 100, 'failed');
  const journal = await runs.create(started('r2', '2026-01-01T00:00:30.000Z'));
  expect(await runs.openUploads(journal.state)).toEqual([{ runId: 'r1', delivery: 1, chunk: 1 }]);
  await past('r3', '2026-01-01T00:00:20.000Z', 100, 'failed');
  expect(await runs.openUploads(journal.state)).toEqual([{ runId: 'r3', delivery: 1, chunk: 1 }]);
  await journal.close();
});

test('open uploads are those of all deliveries of that run that share the audience', async () => {
  const first = await runs.create(started('r1', time(10), { mode: 'append', ...withSharer() }));
  for (const event of [bothStaged(10), ...sendingOf(1, 'part', 10, AUDIENCE), ...sendingOf(2, 'part', 11, AUDIENCE)])
    await first.append(event);
  await first.close();
  const next = await runs.create(started('r2', time(20)));
  expect((await runs.openUploads(next.state)).map(({ delivery }) => delivery).toSorted()).toEqual([1, 2]);
  await next.close();
});

test('open replaces are those of all runs in the ad account whose end at LINE nobody has seen', async () => {
  // The next run to its audience has seen its end.
  await past('r0', '2026-01-01T00:00:05.000Z', 100, 'failed');
  await past('r1', '2026-01-01T00:00:10.000Z', 100, 'failed');
  const journal = await runs.create(started('r2', '2026-01-01T00:00:30.000Z', { audienceId: '900' }));
  const open = async (adAccountId: string) =>
    (await runs.openReplaces(adAccountId)).map(({ runId, status }) => [runId, status]);
  expect(await open('A1')).toEqual([['r1', 'failed']]);
  await journal.append(staged('2026-01-01T00:00:31.000Z', 3));
  await journal.append(intent('2026-01-01T00:00:31.000Z'));
  expect(await open('A1')).toEqual([
    ['r2', 'running'],
    ['r1', 'failed'],
  ]);
  // Its process dies.
  await journal.close();
  expect(await open('A1')).toEqual([
    ['r2', 'interrupted'],
    ['r1', 'failed'],
  ]);
  expect(await open('A2')).toEqual([]);
});

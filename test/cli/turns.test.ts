/**
 * Runs for one audience wait for each other, and a late run sends nothing that would damage the result of a newer one.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import { type Bench, bench, held, members, type Running } from '../support/cli.ts';

const toA1 = ['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1'];
const quickly = ['--chunk-records', '4', '--poll-interval', '50', '--json'];

test('a resumed run that had to wait for a newer one adds nothing to its audience', async () => {
  const at = await bench();
  const first = await at.export(['--source', csv(at, 'first'), ...toA1, '--audience-name', 'VIP']);
  const id = first.run.audience?.id ?? '';
  at.simulator.addFault({ kind: 'job_stuck' });
  const old = start(at, ['--source', csv(at, 'old'), ...toA1, '--audience-id', id, ...quickly]);
  await old.says('chunk 1 of 3 · WORKING');
  old.child.kill('SIGKILL');
  await old.finished;
  const [{ runId }] = JSON.parse((await at.run(['runs', 'list', '--json'])).stdout);

  // The newer run has its turn and waits for LINE. Its journal does not show yet that it will write.
  const newer = start(at, ['--source', csv(at, 'newer'), ...toA1, '--audience-id', id, ...quickly]);
  await newer.says('for the destination to finish another upload');
  const resumed = start(at, ['--resume', runId, '--poll-interval', '50', '--json']);
  await resumed.says('for another upload to this audience');
  await release(at);

  expect((await newer.finished).code).toBe(0);
  const { code, stdout } = await resumed.finished;
  expect([code, (JSON.parse(stdout) as RunDocument).error]).toEqual([
    2,
    expect.objectContaining({ code: 'run_superseded', resume: null }),
  ]);
  expect(held(at.simulator, id)).toEqual(members(10, 'newer').hashes);
  expect(existsSync(join(at.directory, 'data', 'runs', runId, 'staged'))).toBe(false);
});

test('a new audience has a turn by its id as well', async () => {
  const at = await bench();
  at.simulator.addFault({ kind: 'job_stuck' });
  const maker = start(at, ['--source', csv(at, 'maker'), ...toA1, '--audience-name', 'VIP', ...quickly]);
  await maker.says('chunk 1 of 3 · WORKING');
  const id = at.simulator.inspect().audiences.find(({ name }) => name === 'VIP')?.id ?? '';
  const other = start(at, ['--source', csv(at, 'other'), ...toA1, '--audience-id', id, ...quickly]);
  await other.says('for the destination to finish another upload');
  await release(at);

  const [made, replaced] = await Promise.all([maker.finished, other.finished]);
  expect(replaced.code).toBe(0);
  expect([made.code, (JSON.parse(made.stdout) as RunDocument).error?.code]).toEqual([2, 'run_superseded']);
  expect(held(at.simulator, id)).toEqual(members(10, 'other').hashes);
  expect(at.simulator.inspect().violations).toEqual([]);
});

const csv = (at: Bench, prefix: string): string => at.write(`${prefix}.csv`, members(10, prefix).csv);

interface Speaking extends Running {
  /** Resolves when the command has printed these words. */
  says(words: string): Promise<void>;
}

function start(at: Bench, args: readonly string[]): Speaking {
  const running = at.start(['export', ...args]);
  let reported = '';
  running.child.stderr?.on('data', (text: string) => {
    reported += text;
  });
  const says = (words: string) =>
    vi.waitFor(() => expect(reported).toContain(words), { interval: 20, timeout: 60_000 });
  return { ...running, says };
}

/** Lets held jobs finish. */
async function release(at: Bench): Promise<void> {
  for (const { id } of at.simulator.inspect().jobs.filter(({ stuck }) => stuck)) {
    await fetch(`${at.simulator.adminUrl}/jobs/${id}/release`, { method: 'POST' });
  }
}

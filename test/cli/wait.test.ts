/**
 * Commands that wait for a run of a service: how long, for which run, and how they end. And what a run did, step by
 * step.
 */
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { NumberedRunEvent } from '../../src/contracts/run-progress.ts';
import type { RunRequestEntry } from '../../src/contracts/runs.ts';
import { exitStatus } from '../../src/domain/errors/exit-status.ts';
import { bench, members, toVip } from '../support/cli.ts';
import { followHint, hintsIn } from '../support/hints.ts';
import { aiko } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

/** A job whose next upload LINE does not finish before `release`. */
async function stuck() {
  const at = await serving();
  const file = at.write('members.csv', members(8).csv);
  const made = await at.lineup([
    ...['jobs', 'create', '--name', 'VIP', '--authorization', 'Main account', '--audience', file],
    ...['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1', '--audience-name', 'VIP'],
    ...['--once', '--wait'],
  ]);
  expect(made.code, made.stderr).toBe(0);
  at.simulator.addFault({ kind: 'job_stuck' });
  const job = () => at.json<JobView>(['jobs', 'show', 'VIP']);
  const held = () => at.simulator.inspect().jobs.filter(({ stuck }) => stuck);
  const release = async () => {
    const [first] = await until(
      async () => held(),
      ({ length }) => length > 0,
    );
    await fetch(`${at.simulator.adminUrl}/jobs/${first!.id}/release`, { method: 'POST' });
  };
  return { ...at, job, release };
}

test('--timeout ends the waiting, says how to go on, and the run continues', async () => {
  const at = await stuck();
  const over = await at.lineup(['jobs', 'run', 'VIP', '--wait', '--timeout', '1s']);
  expect([over.code, over.stderr]).toEqual([exitStatus.timed_out, expect.stringContaining('within 1 s')]);
  const [watch] = hintsIn(over.stderr);
  expect(watch).toEqual(['runs', 'watch', (await at.job()).last_run!.id]);
  const again = await at.lineup([...watch!, '--timeout', '1s', '--json']);
  expect([again.code, JSON.parse(again.stdout).error.code]).toEqual([exitStatus.timed_out, 'wait_timed_out']);
  const rest = followHint(at.lineup, watch!);
  await at.release();
  expect((await rest).code).toBe(0);
}, 120_000);

test('--attach joins the run that is in progress, and starts one when there is none', async () => {
  const at = await stuck();
  const { id } = await at.job();
  await at.service.jobs.act(id, 'run_now', aiko);
  const { last_run } = await at.job();
  const refused = await at.lineup(['jobs', 'run', 'VIP', '--wait']);
  expect([refused.code, hintsIn(refused.stderr)]).toEqual([2, [['runs', 'watch', last_run!.id]]]);
  const joined = at.lineup(['jobs', 'run', 'VIP', '--wait', '--attach']);
  await at.release();
  const { code, stderr } = await joined;
  expect([code, stderr]).toEqual([0, expect.stringContaining(`Run ${last_run!.id};`)]);
  const started = await at.lineup(['jobs', 'run', 'VIP', '--wait', '--attach']);
  expect([started.code, (await at.job()).last_run!.id === last_run!.id]).toEqual([0, false]);
}, 120_000);

test('a flag of waiting needs --wait, a duration has a unit, and a service that is away has a status of its own', async () => {
  const at = await bench();
  const environment = { LINEUP_URL: 'http://127.0.0.1:9', LINEUP_TOKEN: 'lineup_x' };
  const run = (...flags: string[]) => at.run(['jobs', 'run', 'VIP', ...flags], { environment });
  for (const flags of [['--attach'], ['--timeout', '5m']]) {
    const { code, stderr } = await run(...flags);
    expect([code, stderr]).toEqual([2, expect.stringContaining('works only with --wait')]);
  }
  for (const given of ['5', '0m', '5d', '200h', '']) {
    const { code, stderr } = await run('--wait', '--timeout', given);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`but got "${given}"`)]);
  }
  expect((await run('--wait', '--attach')).code).toBe(exitStatus.away);
});

test('the journal of a run, and its requests to LINE', async () => {
  const at = await stuck();
  const run = (await at.job()).last_run!.id;
  const shown = await at.lineup(['runs', 'journal', run]);
  expect(shown.stdout).toMatch(/No\. +Time \(UTC\) +What\n +1 +\S+ \S+ +started: field "email" \(email\), replace\n/);
  expect(shown.stdout).toContain('staged 8 members in 1 chunk\n');
  const events = await at.json<NumberedRunEvent[]>(['runs', 'journal', run]);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 1));
  expect(events.at(-1)!.event).toMatchObject({ type: 'ended', status: 'succeeded' });
  const first = await at.lineup(['runs', 'journal', run, '--limit', '2', '--json']);
  expect([JSON.parse(first.stdout), first.stderr]).toEqual([events.slice(0, 2), expect.stringContaining('--limit')]);

  const requests = await until(
    () => at.json<RunRequestEntry[]>(['runs', 'requests', run]),
    ({ length }) => length > 0,
  );
  expect(requests.map(({ method }) => method)).toContain('POST');
  expect((await at.lineup(['runs', 'requests', run])).stdout).toMatch(/POST \/\S+ +202 +1 +\d+ ms/);
  expect((await at.lineup(['runs', 'requests', 'nothing'])).code).toBe(2);

  // A viewer sees what the web app shows a viewer.
  const environment = { LINEUP_TOKEN: await at.token('viewer') };
  const seen = await at.json<NumberedRunEvent[]>(['runs', 'journal', run], { environment });
  const headers = { authorization: `Bearer ${environment.LINEUP_TOKEN}` };
  const answer = await fetch(`${at.url}/api/v1/runs/${run}/journal?limit=200`, { headers });
  expect(seen).toEqual(((await answer.json()) as { items: unknown }).items);
}, 120_000);

test('the journal of a local run', async () => {
  const at = await bench();
  const { run } = await at.export(['--source', at.write('a.csv', members(3).csv), ...toVip]);
  const shown = await at.run(['runs', 'journal', run.runId!]);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('chunk 1: LINE accepted it')]);
  expect((await at.run(['runs', 'journal', 'nothing'])).code).toBe(2);
});

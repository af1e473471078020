/** The simulators as commands: their output when they are ready, their end, and their usage errors. */
import { expect, test } from 'vitest';
import { bench } from '../support/cli.ts';

test.each([
  ['line-ads', ['--ad-account', 'A7', '--ad-account', 'A8'], /^Ad accounts {2}A7, A8 in group G1$/m],
  ['ly-ads', ['--client-id', 'CLIENT7'], /^Client {7}CLIENT7 with the secret/m],
  ['line-official-account', ['--channel-id', '1657000007'], /^Channel {6}1657000007 with the secret/m],
  ['bigquery', ['--members', '7'], /crm\.members \(TABLE, 7 rows\)/],
  ['lytics', ['--members', '7', '--token', 'an-invented-token'], /an-invented-token/],
])('%s listens until it is interrupted', async (name, flags, says) => {
  const { start } = await bench();
  const { child, finished } = start(['simulate', name, ...flags]);
  let text = '';
  const there = () => /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
  for await (const piece of child.stdout!.iterator({ destroyOnReturn: false })) {
    text += piece;
    // The output comes in pieces.
    if (there() && says.test(text)) break;
  }
  expect((await fetch(there()!)).ok).toBe(false);
  child.kill('SIGINT');
  expect((await finished).code).toBe(0);
});

test.each([
  [['--job-ms', 'soon'], /--job-ms .*"soon"/],
  [['--fault', 'earthquake'], /earthquake/],
  [['--port', '99999'], /--port/],
])('line-ads with %j reports the wrong flag', async (flags, says) => {
  const { run } = await bench();
  const { code, stdout, stderr } = await run(['simulate', 'line-ads', ...flags]);
  expect([code, stdout, stderr.trim().split('\n')]).toEqual([2, '', [expect.stringMatching(says)]]);
});

test('a port in use is reported', async () => {
  const { run, simulator } = await bench();
  const args = ['simulate', 'lytics', '--port', new URL(simulator.url).port];
  expect(await run(args)).toMatchObject({
    code: 2,
    stderr: 'Error: The port is in use. Choose another one with --port.\n',
  });
});

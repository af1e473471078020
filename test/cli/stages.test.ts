/** The stages of a run in the log, as a person sees them who wants to know why it does not go on. */
import { expect, test } from 'vitest';
import type { PrintedRun } from '../../src/cli/report.ts';
import { exporting, filled, inFours, runOf, toA1 } from '../support/cli.ts';

const debugging = { environment: { LINEUP_DEBUG: '1' } };

interface Line extends Record<string, unknown> {
  readonly event: string;
  readonly level: string;
}

const linesOf = (stderr: string): Line[] =>
  stderr
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text));

/** `guard {`, `} guard done`; the states of LINE’s jobs are left out. */
const stagesOf = (lines: readonly Line[]): string[] =>
  lines.flatMap(({ event, stage, chunk, status }) => {
    const named = chunk === undefined ? `${stage}` : `${stage} ${chunk}`;
    if (event === 'run.stage_begun') return [`${named} {`];
    return event === 'run.stage_ended' ? [`} ${named} ${status}`] : [];
  });

const sending = (chunk: number) => [
  ...['place {', '} place done', `upload ${chunk} {`],
  ...(chunk === 1 ? ['replace_turn {', 'place {', '} place done', '} replace_turn done'] : []),
  ...[`} upload ${chunk} done`, `wait ${chunk} {`, `} wait ${chunk} done`],
];

/** A replace by ten new members in three chunks. */
async function replaced() {
  const { at, id, source } = await filled();
  const args = exporting(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
  return { args, at };
}

test('a run can be followed stage by stage, and no line says whom it sends, or where to', async () => {
  const { args, at } = await replaced();
  const { stdout, stderr, code } = await at.start(args, debugging).finished;
  expect(code, stderr).toBe(0);
  const run: PrintedRun = runOf({ stdout, stderr, code });
  const lines = linesOf(stderr);
  expect(stagesOf(lines)).toEqual([
    ...['run {', 'place {', '} place done', 'check {', '} check done'],
    ...['scan {', 'stage {', '} stage done', '} scan done'],
    ...['turn {', '} turn done'],
    ...['guard {', 'check {', '} check done', 'idle {', '} idle done', 'size {', '} size done', '} guard done'],
    ...['delivery {', ...[1, 2, 3].flatMap(sending), '} delivery done', '} run succeeded'],
  ]);
  expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(['debug']));
  expect(new Set(lines.map(({ run_id }) => run_id))).toEqual(new Set([run.runId]));
  const ended = lines.filter(({ event }) => event === 'run.stage_ended');
  expect(ended.every(({ duration_ms: ms }) => Number.isInteger(ms) && Number(ms) >= 0)).toBe(true);
  expect(ended.find(({ stage }) => stage === 'stage')).toMatchObject({ scanned: 10, members: 10, chunks: 3 });
  expect(ended.find(({ stage, chunk }) => stage === 'upload' && chunk === 3)).toMatchObject({
    ...{ delivery: 1, chunks: 3, records: 2, bytes: 130 },
  });
  const polls = lines.filter(({ event }) => event === 'run.upload_polled');
  for (const { index, uploadJobId } of run.chunks) {
    const ofChunk = polls.filter(({ chunk }) => chunk === index);
    expect(ofChunk.at(-1)).toMatchObject({ delivery: 1, chunks: 3, upload_job_id: uploadJobId, status: 'FINISHED' });
  }

  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  expect(text).not.toMatch(/[0-9a-f]{64}|example\.com|new\.csv|VIP|email/i);
});

test('a stage that fails has its code, and what belongs to one of several identifiers its number', async () => {
  const { args, at } = await replaced();
  const { stderr } = await at.start([...args, '--sibling', 'email:id:Second'], debugging).finished;
  const lines = linesOf(stderr);
  const failed = lines.filter(({ status }) => status === 'failed');
  expect(failed.map(({ stage, code, delivery }) => [stage, code, delivery])).toEqual([
    ['guard', 'nothing_to_send', undefined],
    ['run', 'nothing_to_send', undefined],
  ]);
  const checks = lines.filter(({ event, stage }) => event === 'run.stage_begun' && stage === 'check');
  expect(checks.map(({ delivery }) => delivery)).toEqual([1, 2]);
  expect(JSON.stringify(lines)).not.toContain('Second');
});

test('without LINEUP_DEBUG there is no line', async () => {
  const { args, at } = await replaced();
  const { stderr, code } = await at.start(args).finished;
  expect(code).toBe(0);
  expect(linesOf(stderr)).toEqual([]);
});

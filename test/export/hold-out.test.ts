/** Hold-outs in an export: the kernel keeps out the same members as the rule, and a larger share only adds to them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isHeldOut } from '../../packages/identifiers/src/hold-out.ts';
import type { HoldOut } from '../../src/domain/audiences/hold-out.ts';
import { noFolder } from '../../src/export/stage/chunk-files.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { StartKernel } from '../../src/export/stage/kernel-runner.ts';
import type { LineRules } from '../../src/export/stage/types.ts';
import { sha256 } from '../support/cli.ts';
import { kernels, stageOne, TestScan } from './support.ts';

interface Case {
  readonly type: LineRules['identifierType'];
  readonly ifaFormat: LineRules['ifaFormat'];
  readonly input: string;
  readonly experiment: string;
  readonly share: number;
  readonly heldOut: boolean;
}

const vectors = new URL('../../packages/identifiers/test/vectors/hold-outs.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, 'utf8')) as { cases: readonly Case[] };

/** Stages values, and gives the lines that are left. */
async function linesOf(
  startKernel: StartKernel,
  values: readonly string[],
  holdOut: HoldOut,
  rules: Pick<LineRules, 'identifierType' | 'ifaFormat'>,
) {
  let text = '';
  const staged = await stageOne({
    ...rules,
    holdOut,
    maxChunkRecords: 1_000_000,
    maxChunkBytes: 60_000_000,
    scan: new TestScan(values.map((value) => `${value}\n`)),
    folder: {
      ...noFolder,
      open: async () => ({
        append: async (bytes) => {
          text += Buffer.from(bytes).toString('latin1');
        },
        close: async () => {},
      }),
    },
    chunkName: String,
    clock: { sleep: () => new Promise<void>(() => {}) },
    startKernel,
  });
  return { lines: text.split('\n').slice(0, -1), counts: staged.counts };
}

test('each golden case is on its side', async () => {
  const wrong: Case[] = [];
  for (const vector of cases) {
    const { experiment, share, type: identifierType, ifaFormat } = vector;
    const holdOut = { experiment, share };
    const { counts } = await linesOf(inlineKernel, [vector.input], holdOut, { identifierType, ifaFormat });
    expect([counts.held_out, counts.unique]).toEqual(counts.held_out === 1 ? [1, 0] : [0, 1]);
    if ((counts.held_out === 1) !== vector.heldOut) wrong.push(vector);
  }
  expect(wrong).toEqual([]);
  expect(cases.length).toBeGreaterThan(30);
});

describe.each(kernels)('with the kernel in %s', (_, startKernel) => {
  test('the same people are kept out whatever the order, and more with a larger share', async () => {
    const emails = Array.from({ length: 2_000 }, (_, n) => `member${n}@example.com`);
    const rules = { identifierType: 'email', ifaFormat: 'sha256' } as const;
    const all = emails.map(sha256);
    const left = async (share: number, values = emails) =>
      (await linesOf(startKernel, values, { experiment: 'spring', share }, rules)).lines;
    const ten = await left(10);
    expect(ten).toEqual(all.filter((hash) => !isHeldOut(hash, { experiment: 'spring', share: 10 })));
    expect((await left(10, emails.toReversed())).toSorted()).toEqual(ten.toSorted());
    const fifty = new Set(await left(50));
    expect(fifty.size).toBeLessThan(ten.length);
    expect([...fifty].filter((hash) => !ten.includes(hash))).toEqual([]);
  });
});

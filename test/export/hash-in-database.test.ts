/** Hashing in the database: the same chunks and counts as without it, also for lists, and after a run was resumed. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { LocalRuns } from '../../src/compose/local-runs.ts';
import { localList, localLists } from '../../src/compose/local-suppression.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import type { ExportRequest, ScanRequest } from '../../src/domain/audiences/requests.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { prepareChunks, scannedFields } from '../../src/export/prepare.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import type { Source } from '../../src/sources/source.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { RunFiles } from '../../src/store/data-directory/run-files.ts';
import { directoryOfTest } from '../support/directory.ts';
import { type HashingOptions, hashingSource, type Member, someMembers } from '../support/hashing-source.ts';

const signal = new AbortController().signal;
const request: ScanRequest = {
  source: 'postgresql:members',
  field: 'email',
  identifierType: 'email',
  ifaFormat: 'sha256',
  chunkRecords: 3,
  chunkBytes: 60_000_000,
};
const list = { source: 'postgresql:left', field: 'email', maxShrink: 0.5 };
const left: readonly Member[] = [{ email: ['SABURO@example.com', 'nobody'] }, { email: [] }];

const withoutHashes = (source: Source): Source => {
  const { scanHashes: _, ...others } = source;
  return others;
};

/** @param listed the source of the suppression list */
async function prepared(
  asked: ScanRequest,
  source: Source,
  listed: Source = hashingSource(left, { label: 'left' }),
  directory = directoryOfTest('hash-in-database'),
) {
  const result = await prepareChunks({
    traits: lineAdsTraits,
    request: asked,
    source,
    reopen: async () => source,
    lists: await localLists(
      (asked.suppress ?? []).map(localList),
      { deliveries: scannedFields(asked), hashInDatabase: asked.hashInDatabase },
      async () => listed,
      async () => null,
      signal,
    ),
    directory,
    clock: systemClock,
    startKernel: inlineKernel,
    signal,
    onProgress: () => {},
  });
  const lines = (start: RegExp) =>
    readdirSync(directory)
      .filter((name) => start.test(name))
      .flatMap((name) => readFileSync(`${directory}/${name}`, 'utf8').trimEnd().split('\n'))
      .toSorted();
  return {
    lines: [lines(/^chunk-/), lines(/^2-chunk-/)],
    results: [result, ...(result.siblings ?? [])].map(({ counts, findings, warnings, suppression }) => ({
      counts,
      findings: { ...findings, invalidRows: {} },
      warnings,
      suppression,
    })),
  };
}

describe('what is prepared is the same', () => {
  test.each<[string, Partial<ScanRequest>]>([
    ['of one identifier', {}],
    ['of phones without a country', { field: 'phone', identifierType: 'phone' }],
    ['of phones with a country', { field: 'phone', identifierType: 'phone', defaultCountry: 'JP' }],
    ['of two identifiers', { siblings: [{ field: 'phone', identifierType: 'phone' }], defaultCountry: 'JP' }],
    ['with members who are left out', { suppress: [list], holdOut: { experiment: 'spring', share: 30 } }],
  ])('%s', async (_, change) => {
    const asked = { ...request, ...change };
    const plain = await prepared(asked, hashingSource(someMembers));
    const kinds: string[] = [];
    const source = hashingSource(someMembers, { onScan: (kind) => kinds.push(kind) });
    const listed = hashingSource(left, { onScan: (kind) => kinds.push(kind) });
    const hashed = await prepared({ ...asked, hashInDatabase: true }, source, listed);
    expect(hashed).toEqual(plain);
    expect(plain.lines[0]!.length).toBeGreaterThan(2);
    // Nobody has asked for a value in clear.
    expect(new Set(kinds)).toEqual(new Set(['hashes']));
  });

  test.each([
    ['in its database', 'hashes', hashingSource(left, { label: 'left' })],
    ['as a file', 'values', withoutHashes(hashingSource(left))],
  ] as const)('when a list has one field for two identifiers, and is read once, %s', async (_, way, listed) => {
    const both = someMembers.map((member) => ({ ...member, second: member.email!.toReversed() }));
    const asked: ScanRequest = {
      ...request,
      siblings: [
        { field: 'second', identifierType: 'email' },
        { field: 'phone', identifierType: 'phone' },
      ],
      suppress: [{ ...list, fields: { email: 'email', phone: null } }],
    };
    const opened: string[] = [];
    const counting: Source = {
      ...listed,
      scan: async (...how) => {
        opened.push('values');
        return listed.scan(...how);
      },
      ...(listed.scanHashes && {
        scanHashes: async (...how) => {
          opened.push('hashes');
          return listed.scanHashes!(...how);
        },
      }),
    };
    const hashed = await prepared({ ...asked, hashInDatabase: true }, hashingSource(both), counting);
    expect(opened).toEqual([way]);
    expect(hashed).toEqual(await prepared(asked, hashingSource(both), counting));
    expect(hashed.results.map(({ counts }) => counts.suppressed)).toEqual([1, 1, undefined]);
  });

  test('when the list is a file, which gives its values', async () => {
    const asked = { ...request, suppress: [list] };
    const plain = await prepared(asked, hashingSource(someMembers));
    expect(plain.results[0]).toMatchObject({ suppression: [{ size: 1, suppressed: 1 }] });
    const file = withoutHashes(hashingSource(left));
    expect(await prepared({ ...asked, hashInDatabase: true }, hashingSource(someMembers), file)).toEqual(plain);
  });
});

const hashing: ScanRequest = { ...request, hashInDatabase: true };

test('a value that the database cannot hash is skipped, counted and warned of', async () => {
  const { results } = await prepared(hashing, hashingSource(someMembers, { beyond: 'Ｈ' }));
  expect(results[0]).toMatchObject({
    counts: { invalid: { not_hashed_in_database: 1 } },
    warnings: [
      { code: 'mixed_hashed_and_plain' },
      { code: 'uppercase_hashes' },
      { code: 'not_hashed_in_database', count: 1 },
    ],
  });
});

test('a source that cannot hash is refused', async () => {
  const asked = prepared(hashing, withoutHashes(hashingSource(someMembers)));
  await expect(asked).rejects.toMatchObject({
    code: 'source_unsupported',
    message:
      'members cannot hash its values itself. Choose an audience of a database, or do without hashing in the database.',
  });
});

test.each<[string, HashingOptions['counted']]>([
  ['more hashes than it gave', (judged) => ({ ...judged, hashed: 1_000 })],
  ['fewer rows than none', (judged) => ({ ...judged, further: 1_000 })],
])('a source that counts %s fails, and leaves no chunk', async (_, counted) => {
  const directory = directoryOfTest('hash-in-database');
  const source = hashingSource(someMembers, { ...(counted && { counted }) });
  await expect(prepared(hashing, source, undefined, directory)).rejects.toMatchObject({ code: 'internal' });
  expect(readdirSync(directory)).toEqual([]);
});

test('a list with a value that its database cannot hash stops the run', async () => {
  const asked = { ...hashing, suppress: [list] };
  const listed = hashingSource([...left, { email: ['Ｊiro@example.com'] }], { beyond: 'Ｊ' });
  await expect(prepared(asked, hashingSource(someMembers), listed)).rejects.toMatchObject({
    code: 'suppression_list_unjudged',
    retryable: false,
    message:
      'The database of the suppression list "postgresql:left" cannot hash 1 of its values, so nothing was sent. Correct or remove these values, or turn off hashing in the database.',
  });
  // Without the option, the value is on the list as any other one.
  const { results } = await prepared({ ...asked, hashInDatabase: false }, hashingSource(someMembers), listed);
  expect(results[0]).toMatchObject({ suppression: [{ size: 2, suppressed: 2 }] });
});

test('a run that is resumed lets the database hash again', async () => {
  const directory = directoryOfTest('hash-in-database');
  const simulator = await startLineAdsSimulator({ jobMs: 20, matchMs: 0, rateToleranceMs: 500 });
  onTestFinished(() => simulator.close());
  const { accessKey, secretKey } = simulator.keys[0]!;
  const runs = new RunFiles(directory);
  const scans: string[] = [];
  let isListAway = true;
  const local = new LocalRuns({
    runs,
    limits: new FileLimits(directory, systemClock, Math.random),
    clock: systemClock,
    random: Math.random,
    traits: lineAdsTraits,
    destination: async () => lineAdsDestination(new LineAdsClient({ baseUrl: simulator.url, accessKey, secretKey })),
    openSource: async ({ source }) => {
      const isList = source === list.source;
      if (isList && isListAway) throw new LineupError('source_failed', 'It does not answer.', { retryable: true });
      return hashingSource(isList ? left : someMembers, {
        label: source,
        onScan: (kind) => scans.push(`${kind} of ${source}`),
      });
    },
    startKernel: inlineKernel,
  });
  const asked: ExportRequest = {
    ...hashing,
    suppress: [list],
    adAccountId: 'A1',
    audienceName: 'VIP',
    mode: 'replace',
    maxShrink: 0.5,
    dryRun: false,
  };
  const pace = { pollIntervalMs: 20, jobTimeoutMs: 60_000 };
  const hooks = { signal, onProgress: () => {} };
  const first = await local.export(asked, pace, hooks);
  expect(first).toMatchObject({
    status: 'failed',
    error: { code: 'suppression_list_failed', resumable: true },
  });
  isListAway = false;
  const resumed = await local.resume(first.runId!, {}, pace, hooks);
  const { results } = await prepared({ ...request, suppress: [list] }, hashingSource(someMembers));
  expect(resumed).toMatchObject({
    status: 'succeeded',
    hashInDatabase: true,
    counts: results[0]!.counts,
  });
  // The first one is that of the run that failed before it was read.
  expect(scans).toEqual(['hashes of postgresql:members', 'hashes of postgresql:left', 'hashes of postgresql:members']);
  expect((await runs.get(first.runId!)).request.hashInDatabase).toBe(true);
});

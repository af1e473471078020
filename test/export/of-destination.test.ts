/** What a destination says of its files: their heading, how many records they have at least, and how many there are. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { LocalRuns } from '../../src/compose/local-runs.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import type { ExportRequest, ScanRequest } from '../../src/domain/audiences/requests.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { lineOfficialAccountTraits } from '../../src/domain/destinations/line-official-account.ts';
import type { DestinationTraits } from '../../src/domain/destinations/traits.ts';
import { prepareChunks } from '../../src/export/prepare.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { RunFiles } from '../../src/store/data-directory/run-files.ts';
import { directoryOfTest } from '../support/directory.ts';
import { hashingSource, type Member } from '../support/hashing-source.ts';

const signal = new AbortController().signal;
const hooks = { signal, onProgress: () => {} };
const hash = 'ab12'.repeat(16);
const user = 'U4af4980629f0b1c2d3e4f5a6b7c8d9e0';
const members: readonly Member[] = [
  { email: ['a@example.com'], id: ['aebe52e7-03ee-455a-b3c4-e57283966239'], user: [user] },
  { email: ['b@example.com'], id: [hash], user: [hash, `C${user.slice(1)}`] },
  { email: ['c@example.com'], id: ['aebe52e7-03ee-455a-b3c4-e57283966230'], user: [user.toUpperCase(), ` ${user}`] },
];
const source = hashingSource(members);
const request: ScanRequest = {
  source: 'members',
  field: 'email',
  identifierType: 'email',
  ifaFormat: 'raw',
  siblings: [{ field: 'id', identifierType: 'ifa' }],
  chunkRecords: 1_000_000,
  chunkBytes: 60_000_000,
};
const { email, ifa } = lineAdsTraits.identifiers;
const other: DestinationTraits = {
  ...lineAdsTraits,
  label: 'Another',
  rules: { version: 1, hashesInRawColumn: false },
  identifiers: { email: { ...email, heading: 'Email' }, ifa: { ...ifa, sent: ['raw'], heading: 'Mobile Device ID' } },
  file: { ...lineAdsTraits.file, minRecords: 2, files: 'one' },
};

async function prepared(asked: ScanRequest, traits: DestinationTraits = other) {
  const directory = directoryOfTest('of-destination');
  const result = await prepareChunks({
    request: asked,
    traits,
    source,
    reopen: async () => source,
    lists: [],
    directory,
    clock: systemClock,
    startKernel: inlineKernel,
    ...hooks,
  }).catch((error: unknown) => ({ error, left: readdirSync(directory) }));
  const read = (name: string) => readFileSync(`${directory}/${name}`, 'utf8').split('\n');
  return { result, read };
}

test('its files begin with its heading, and have no hashes among raw ids', async () => {
  const { result, read } = await prepared(request);
  expect(result).toMatchObject({
    rulesVersion: 1,
    counts: { rows: 3, scanned: 3, unique: 3 },
    chunks: [{ records: 3, bytes: 'Email\n'.length + 3 * 65 }],
    siblings: [{ counts: { raw: 2, prehashed: 0, invalid: { not_an_ifa: 1 }, unique: 2 }, chunks: [{ records: 2 }] }],
  });
  expect(read('chunk-0001.txt')).toEqual(['Email', ...Array(3).fill(expect.stringMatching(/^[0-9a-f]{64}$/)), '']);
  expect(read('2-chunk-0001.txt')).toEqual(['Mobile Device ID', members[0]!.id![0], members[2]!.id![0], '']);
});

test('a file of LINE user ids has nothing that LINE would refuse it for', async () => {
  const asked: ScanRequest = {
    ...request,
    field: 'user',
    identifierType: 'line_user_id',
    siblings: [{ field: 'id', identifierType: 'ifa' }],
  };
  // It is not registered, and sentences ask the registry for its name.
  const { result, read } = await prepared(asked, { ...lineOfficialAccountTraits, id: lineAdsTraits.id });
  expect(result).toMatchObject({
    rulesVersion: 1,
    counts: { raw: 2, prehashed: 0, duplicates: 1, unique: 1, invalid: { not_a_line_user_id: 3 } },
    siblings: [{ counts: { raw: 2, prehashed: 0, invalid: { not_an_ifa: 1 }, unique: 2 } }],
  });
  expect(read('chunk-0001.txt')).toEqual([user, '']);
});

test.each<[string, Partial<ScanRequest>, DestinationTraits['file']]>([
  ['too_few_rows', {}, { ...other.file, minRecords: 3 }],
  ['audience_too_large', { chunkRecords: 2 }, other.file],
])('what it does not take is not prepared: %s', async (code, change, file) => {
  const { result } = await prepared({ ...request, ...change }, { ...other, file });
  expect(result).toEqual({ error: expect.objectContaining({ code }), left: [] });
});

const exported: ExportRequest = {
  ...request,
  siblings: [{ field: 'id', identifierType: 'ifa', audienceName: 'Ids' }],
  adAccountId: 'A1',
  audienceName: 'Addresses',
  mode: 'append',
  maxShrink: 1,
  dryRun: false,
};

test.each<[string, Partial<ExportRequest>, number, string]>([
  ['too_few_rows', {}, 3, 'Audience “Ids”: Only 2 values of "id" can be sent, and Another takes no fewer than 3'],
  ['audience_too_large', { chunkRecords: 2 }, 2, 'Audience “Addresses”: 3 values of "email" are to be sent'],
])('a run stops before the first write, and cannot continue: %s', async (code, change, minRecords, words) => {
  const directory = directoryOfTest('of-destination');
  const simulator = await startLineAdsSimulator({ jobMs: 20, matchMs: 0, rateToleranceMs: 500 });
  onTestFinished(() => simulator.close());
  const { accessKey, secretKey } = simulator.keys[0]!;
  const client = new LineAdsClient({ accessKey, secretKey, baseUrl: simulator.url });
  const local = new LocalRuns({
    runs: new RunFiles(directory),
    limits: new FileLimits(directory, systemClock, Math.random),
    clock: systemClock,
    random: Math.random,
    traits: { ...other, file: { ...other.file, minRecords } },
    destination: async () => lineAdsDestination(client),
    openSource: async () => source,
    startKernel: inlineKernel,
  });
  const pace = { pollIntervalMs: 50, jobTimeoutMs: 10_000 };
  const run = await local.export({ ...exported, ...change }, pace, hooks);
  expect(run).toMatchObject({ status: 'failed', rulesVersion: 1, error: { code, resumable: false } });
  expect(run.error!.message).toContain(words);
  expect(simulator.state.requests.list().filter(({ method }) => method !== 'GET')).toEqual([]);
});

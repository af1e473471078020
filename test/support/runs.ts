/** Events of invented runs, for tests of journals and histories. */
import type { RunRequest } from '../../src/domain/runs/run.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';

export const request: RunRequest = {
  source: { label: 'members.csv', location: '/data/members.csv', format: null, encoding: null },
  field: 'email',
  identifierType: 'email',
  ifaFormat: 'sha256',
  defaultCountry: null,
  adAccountId: 'A1',
  audienceId: '5343822743475',
  audienceName: null,
  mode: 'replace',
  maxShrink: 0.5,
  chunkRecords: 1_000_000,
  chunkBytes: 60_000_000,
  dryRun: false,
};

export const counts = (unique: number) => ({
  rows: unique,
  scanned: unique,
  missing: 0,
  invalid: {},
  prehashed: 0,
  hashed: unique,
  raw: 0,
  duplicates: 0,
  unique,
});

export const started = (
  runId: string,
  at: string,
  change: Partial<RunRequest> = {},
): Extract<RunEvent, { type: 'started' }> => ({
  type: 'started',
  at,
  runId,
  rulesVersion: 2,
  request: { ...request, ...change },
});

export const staged = (at: string, unique: number): Extract<RunEvent, { type: 'staged' }> => ({
  type: 'staged',
  at,
  counts: counts(unique),
  findings: {
    phonesWithoutCountry: 0,
    uppercaseHashes: 0,
    phonesRepaired: 0,
    phonesWithLostDigits: 0,
    phonesLookingNational: 0,
    invalidRows: {},
  },
  chunks: [{ index: 1, file: 'chunk-0001.txt', records: unique, bytes: unique * 65, sha256: 'ab' }],
});

export const intent = (at: string, chunk = 1): RunEvent => ({
  type: 'intent',
  at,
  chunk,
  action: 'REPLACE',
  audienceId: '5343822743475',
  fileName: `lineup-x-${chunk}.txt`,
  sha256: 'ab',
});

export const ended = (at: string, status: 'succeeded' | 'failed' | 'interrupted' = 'succeeded'): RunEvent => ({
  type: 'ended',
  at,
  status,
  error: null,
});

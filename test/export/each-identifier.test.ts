/** What is asked of a run with several identifiers is asked of each of them, and not only of the first. */
import { expect, test } from 'vitest';
import { type CustomAudienceUploadJob, type LineAdsClient, LineAdsError } from '../../packages/line-ads/src/index.ts';
import { lineAdsDestination } from '../../src/destinations/line-ads/destination.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import { request } from '../support/runs.ts';
import { at, members, phones, runBench } from './run-bench.ts';

const FIRST = request.audienceId!;
const SECOND = '7000000000001';
const withPhone: Pick<RunRequest, 'siblings'> = {
  siblings: [
    {
      field: 'phone',
      identifierType: 'phone',
      ifaFormat: 'sha256',
      defaultCountry: 'JP',
      audienceId: SECOND,
      audienceName: null,
    },
  ],
};

/** LINE, which finishes each upload at once. */
function line() {
  const jobs = new Map<string, CustomAudienceUploadJob[]>();
  const uploads: string[] = [];
  const refused = new Set<string>();
  /** The uploads whose jobs fail, from 1. */
  const failing = new Set<number>();
  let asked = 0;
  const jobsOf = (id: string) => jobs.get(id) ?? jobs.set(id, []).get(id)!;
  const customAudiences = {
    list: async function* () {
      yield { id: FIRST, name: 'VIP', functionType: 'HASHED_EMAIL_UPLOAD', estimatedAudienceSize: '-' };
      yield {
        id: SECOND,
        name: 'Phones',
        functionType: 'HASHED_PHONE_NUMBER_UPLOAD',
        estimatedAudienceSize: '-',
      };
    },
    uploadJobs: async (_: string, id: string) => {
      asked += 1;
      if (asked > 100) throw new Error('A run waits in vain.');
      return jobsOf(id);
    },
    upload: async (_: string, { id, action, file }: { id: string; action: string; file: { name: string } }) => {
      if (refused.has(id))
        throw new LineAdsError(
          { code: 'bad_request', message: 'No.', retryable: false, mayBeTaken: false },
          { message: 'No.', attempts: 1, outcome: 'not_taken' },
        );
      uploads.push(`${action} ${id}`);
      jobsOf(id).push({
        name: file.name,
        audienceGroupJobId: `j${uploads.length}`,
        jobStatus: failing.has(uploads.length) ? 'FAILED' : 'FINISHED',
      } as never);
      return { id, name: id };
    },
  };
  return { uploads, jobsOf, refused, failing, client: { customAudiences } as unknown as LineAdsClient };
}

function bench(change: Partial<RunRequest> = {}) {
  const atLine = line();
  return { ...atLine, ...runBench(lineAdsDestination(atLine.client), change) };
}

test('a rule that stops looks at each audience', async () => {
  const { world, run, uploads } = bench({
    ...withPhone,
    alerts: { skipped_share: { action: 'stop', percent: 10 } },
  });
  world.columns = [members, [phones[0]!, '', '']];
  expect(await run()).toMatchObject({ status: 'failed', error: { code: 'skipped_share_exceeded' } });
  expect(uploads).toEqual([]);
});

test('a run whose staged files are gone continues only if the chunks of each audience are the same', async () => {
  const { world, run, resume, refused, uploads, disk } = bench(withPhone);
  refused.add(SECOND);
  expect(await run()).toMatchObject({ status: 'failed' });
  expect(uploads).toEqual([`REPLACE ${FIRST}`]);
  disk.lose();
  refused.clear();
  world.columns = [members, ['819012345671', '819012345672', '819012345679']];
  expect(await resume()).toMatchObject({ status: 'failed', error: { code: 'source_changed' } });
  expect(uploads).toEqual([`REPLACE ${FIRST}`]);
});

test('an audience of which LINE has nothing is not touched when another run has written to it since', async () => {
  const { world, run, resume, uploads } = bench(withPhone);
  world.turns = 1;
  await run();
  world.turns = 9;
  world.supersededBy = { [SECOND]: 'r9' };
  expect(await resume()).toMatchObject({ status: 'failed', error: { code: 'run_superseded' } });
  expect(uploads).toEqual([`REPLACE ${FIRST}`]);
});

test('a staging continues only after the same suppression list', async () => {
  const { world, run, resume, events } = bench();
  world.columns = [members];
  world.breakAt = 2;
  world.list = ['z@example.com'];
  expect(await run()).toMatchObject({ status: 'failed', error: { code: 'source_failed' } });
  world.breakAt = undefined;
  // He left after the first process had staged him.
  world.list = ['z@example.com', members[0]!];
  expect(await resume()).toMatchObject({ status: 'succeeded' });
  expect(events).toContainEqual(expect.objectContaining({ type: 'scan_restarted', reason: 'unusable' }));
  expect(events.find(({ type }) => type === 'staged')).toMatchObject({
    counts: { unique: 2, suppressed: 1 },
  });
});

test('a job that had failed before a chunk was sent again does not answer for it', async () => {
  const { append, run, resume, jobsOf, uploads, events, refused, world } = bench();
  world.columns = [members];
  refused.add(FIRST);
  await run();
  refused.clear();
  const intent = events.find((event) => event.type === 'intent')!;
  jobsOf(FIRST).push({ name: intent.fileName, audienceGroupJobId: 'old', jobStatus: 'FAILED' } as never);
  const failed = {
    type: 'job',
    at,
    chunk: 1,
    jobStatus: 'FAILED',
    failedType: null,
    audienceCount: null,
  } as const;
  await append(intent);
  await append({ type: 'accepted', at, chunk: 1, audienceId: FIRST, audienceName: 'VIP' });
  await append({ ...failed, uploadJobId: 'old' });
  // Sent again. The answer is lost, and LINE does not have it.
  await append(intent);
  expect(await resume()).toMatchObject({ status: 'succeeded' });
  expect(uploads).toEqual([`REPLACE ${FIRST}`]);
});

test('a later chunk whose job has failed is added when it is sent again, and replaces nothing', async () => {
  const { world, run, resume, failing, uploads } = bench({ chunkRecords: 1 });
  world.columns = [members];
  failing.add(2);
  expect(await run()).toMatchObject({ status: 'failed' });
  expect(await resume()).toMatchObject({ status: 'succeeded' });
  expect(uploads).toEqual([`REPLACE ${FIRST}`, `ADD ${FIRST}`, `ADD ${FIRST}`, `ADD ${FIRST}`]);
});

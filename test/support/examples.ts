/** A job and its run, for tests that need one of them and not a service. */
import { type JobView, jobView } from '../../src/contracts/jobs.ts';
import { type RunDetail, runDetail } from '../../src/contracts/run-progress.ts';
import { type RunDocument, runChunk, runDocument, stageCounts } from '../../src/domain/runs/run.ts';
import { sample } from './sample.ts';

const at = '2026-03-02T00:00:00.000Z';

export const run: RunDetail = sample(runDetail, {
  id: 'run_1',
  job_id: 'job_1',
  job_name: 'VIP customers',
  status: 'running',
  queued_at: at,
  started_at: at,
  ad_account_id: 'A1',
  audience_id: '5343822743475',
  audience_name: 'VIP',
  uploaded: 3,
  progress: { stage: 'wait', chunk: 1, chunks: 1, jobStatus: 'WORKING' },
});

const counts = { rows: 5, scanned: 5, missing: 1, invalid: { not_an_email: 1 }, hashed: 3, unique: 3 };
export const runReport: RunDocument = sample(runDocument, {
  runId: 'run_1',
  status: 'succeeded',
  audience: { id: '5343822743475', name: '=VIP, "gold"', created: true, before: null },
  counts: { ...sample(stageCounts, counts), uploaded: 3 },
  invalidRows: { not_an_email: [4] },
  chunks: [sample(runChunk, { index: 1, records: 3, uploadJobId: '7', jobStatus: 'FINISHED', audienceCount: 3 })],
  source: 'vip.csv',
  adAccountId: 'A1',
});

export const job: JobView = sample(jobView, {
  id: 'job_1',
  name: 'VIP customers',
  authorization_id: 'aut_1',
  configuration: {
    ...sample(jobView.shape.configuration),
    segment_id: 'vip',
    adaccount_id: 'A1',
    audience_name: 'VIP',
    identifier_type: 'email',
    id_field: 'email',
    continuous_update: true,
    run_frequency: 'daily',
    time_of_day: '09:00',
    timezone: 'Asia/Tokyo',
    max_shrink: 0.5,
  },
  audience_id: '5343822743475',
  condition: 'running',
  last_run: run,
  recent_sizes: [3],
  actions: ['pause', 'stop_run', 'terminate'],
});

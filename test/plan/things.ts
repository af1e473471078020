/** Jobs, authorizations and files for the tests of planning. */
import type { Authorization } from '../../src/contracts/authorizations.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { SuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { type ConfigurationFile, configurationFile } from '../../src/plan/file.ts';

const written = {
  revision: 3,
  created_by: 'Aiko Tanaka',
  created_at: '2026-03-02T00:00:00.000Z',
  updated_by: 'Aiko Tanaka',
  updated_at: '2026-03-02T00:00:00.000Z',
};

export const authorization = (label: string, change: Partial<Authorization> = {}): Authorization => ({
  id: `aut_${label}`,
  provider: 'line_ads',
  method: 'line_ads_api_key',
  label,
  description: '',
  health: 'healthy',
  health_reason: null,
  health_checked_at: null,
  adaccount_id: null,
  ...written,
  ...change,
});

/** As it is written in a file. */
export const configuration = {
  segment_id: 'vip.csv',
  adaccount_id: 'A1',
  audience_name: 'VIP',
  identifier_type: 'email',
  run_frequency: 'daily',
  time_of_day: '09:00',
  timezone: 'Asia/Tokyo',
};

export const job = (name: string, change: Partial<JobView> = {}): JobView => ({
  id: `job_${name}`,
  type: 'line_ads_audience_export',
  longest_stay_days: null,
  runs_empty_at: null,
  renewal: null,
  renewed: [],
  warnings: [],
  name,
  description: '',
  tags: [],
  authorization_id: 'aut_Main',
  source_authorization_id: null,
  configuration: jobConfiguration.parse(configuration),
  audience_id: '5343822743475',
  sibling_audience_ids: [],
  status: 'sleeping',
  sleep_until: null,
  error_count: 0,
  errors_since: null,
  error: null,
  ...written,
  authorization_label: 'Main',
  condition: 'scheduled',
  waits_for: null,
  left_out: null,
  incomplete_at_line: null,
  approval: null,
  open_alerts: 0,
  moved_from: null,
  moved_to: [],
  source_label: null,
  next_run_at: null,
  last_run: null,
  progress: null,
  recent_sizes: [],
  actions: [],
  ...change,
});

export const suppressionList = (name: string, change: Partial<SuppressionList> = {}): SuppressionList => ({
  id: `sup_${name}`,
  name,
  description: '',
  source_authorization_id: null,
  source_label: null,
  segment_id: 'out.csv',
  fields: { email: 'mail' },
  applies_to: 'all_jobs',
  max_shrink: 0.5,
  reads: [],
  refusals: [],
  job_count: 1,
  ...written,
  ...change,
});

/** A reference to a variable, as it is written in a file. */
export const env = (name: string): string => `\${env:${name}}`;

export const keys = { access_key: env('KEY'), secret_key: env('SECRET') };

export const inFile = {
  authorization: (label: string, change: object = {}) => ({ label, configuration: keys, ...change }),
  job: (
    name: string,
    {
      configuration: changed = {},
      ...change
    }: {
      configuration?: object;
      authorization?: string;
      tags?: string[];
      paused?: boolean;
      suppression_lists?: string[];
      after_job?: string;
    } = {},
  ) => ({
    name,
    authorization: 'Main',
    configuration: { ...configuration, ...changed },
    ...change,
  }),
};

export const file = (content: {
  authorizations?: object[];
  suppression_lists?: object[];
  jobs?: object[];
}): ConfigurationFile => configurationFile.parse({ version: 1, ...content });

/** `lineup health-report`: the audiences of a running service, sorted by what deserves attention. */
import { Command } from 'commander';
import type { AudienceHealth, HealthConcern, HealthLevel } from '../contracts/health-report.ts';
import { withApi } from './api/session.ts';
import { noJobs } from './jobs/show.ts';
import { moment, number, print, printJson, signedPercent, table } from './output.ts';

export const healthReportCommand = (): Command =>
  new Command('health-report')
    .description(
      'Shows the audiences of all jobs of the service at LINEUP_URL, with their sizes and estimates. What deserves attention comes first.',
    )
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) =>
      withApi(async ({ client }) => {
        const all: AudienceHealth[] = [];
        for await (const audience of client.list('GET /health-report', {})) all.push(audience);
        if (json) return printJson(all);
        print(all.length > 0 ? healthTable(all) : noJobs());
      }),
    );

const words: Record<HealthConcern, string> = {
  failed: 'failed',
  needs_approval: 'needs approval',
  incomplete: 'incomplete',
  waiting: 'waiting for a key, the clock or its next slot',
  nobody_matched: 'nobody matched',
  runs_empty: 'runs empty',
  audience_unusable: 'audience cannot be used',
  audience_ends: 'audience ends',
  open_alert: 'open alert',
  late: 'late',
  retrying: 'retrying',
  reach_fallen: 'reach has fallen',
  size_changed: 'size has changed a lot',
  paused: 'paused',
};

const levels: Record<HealthLevel, string> = {
  needs_person: 'Needs a person',
  worth_a_look: 'Worth a look',
  healthy: 'Healthy',
};

/** All audiences as a table for people. */
export const healthTable = (audiences: readonly AudienceHealth[]): string =>
  table(
    [
      { title: 'Job' },
      { title: 'Ad account' },
      { title: 'Attention' },
      { title: 'Members', right: true },
      { title: 'In a week', right: true },
      { title: 'Estimate', right: true },
      { title: 'Match rate', right: true },
      { title: 'Last success' },
    ],
    audiences.map((audience) => {
      const last = audience.history.findLast(({ estimated_size }) => estimated_size !== null);
      return [
        audience.identifier_type ? `${audience.job_name} (${audience.identifier_type})` : audience.job_name,
        audience.ad_account_id,
        [levels[audience.level], audience.concerns.map((concern) => words[concern]).join(', ')]
          .filter(Boolean)
          .join(': '),
        audience.members === null ? '–' : number(audience.members),
        changeOf(audience),
        last?.estimated_size ?? '–',
        last?.match_rate == null ? '–' : `${Math.round(last.match_rate * 100)} %`,
        moment(audience.last_success_at),
      ];
    }),
  );

function changeOf({ members, members_week_ago: before }: AudienceHealth): string {
  if (members === null || !before) return '–';
  return members === before ? '0 %' : signedPercent((members - before) / before);
}

/** `lineup alerts`: the alerts of a running service, and the rules of its workspace. */
import { Command } from 'commander';
import { type Alert, type AlertRuleName, type AlertRules, withBuiltIn } from '../domain/alerts/alerts.ts';
import { ALERT_FLAG, ALERT_HELP, describeRules, type GivenAlerts, oneMoreAlert } from './alert-flags.ts';
import { findJob } from './api/find.ts';
import { withApi } from './api/session.ts';
import { moment, paint, print, printJson, safe, table } from './output.ts';

interface Flags {
  json?: boolean;
}

export function alertsCommand(): Command {
  const alerts = new Command('alerts').description(
    'Shows the alerts of the service at LINEUP_URL. "lineup jobs edit --alert" sets the rules of one job.',
  );
  const add = (name: string, description: string): Command =>
    alerts.command(name).description(description).option('--json', 'print JSON');

  add('list', 'list alerts, newest first')
    .option('--open', 'only alerts that are not over')
    .option('--job <job>', 'only alerts of this job: its id or name')
    .action(({ json, open, job }: Flags & { open?: boolean; job?: string }) =>
      withApi(async ({ client }) => {
        const query = {
          ...(open && { open: 'true' as const }),
          ...(job !== undefined && { job_id: (await findJob(client, job)).id }),
        };
        const found: Alert[] = [];
        for await (const alert of client.list('GET /alerts', { query })) found.push(alert);
        if (json) printJson(found);
        else print(found.length > 0 ? alertsTable(found) : 'No alerts.');
      }),
    );

  add('rules', 'show the rules of all jobs without their own; with --alert, change them (as an administrator)')
    .option(ALERT_FLAG, ALERT_HELP, oneMoreAlert)
    .action(({ json, alert }: Flags & { alert?: GivenAlerts }) =>
      withApi(async ({ client }) => {
        const { alerts: rules } = alert
          ? await client.call('PUT /settings/alerts', { body: orOff(alert) })
          : await client.call('GET /settings');
        if (json) return printJson(rules);
        if (alert) print(paint('green', 'Changed'));
        const lines = describeRules(withBuiltIn(rules));
        print(lines.length > 0 ? lines.join('\n') : 'No rules.');
      }),
    );
  return alerts;
}

/** The workspace has only the built-in rules to fall back to. */
const orOff = (given: GivenAlerts): AlertRules => {
  const builtIn = withBuiltIn({});
  const all = Object.entries(given) as [AlertRuleName, GivenAlerts[AlertRuleName]][];
  return Object.fromEntries(all.map(([name, rule]) => [name, rule ?? builtIn[name] ?? { action: 'off' }]));
};

const alertsTable = (alerts: readonly Alert[]): string =>
  table(
    [{ title: 'Since' }, { title: 'Over' }, { title: 'Job' }, { title: 'Rule' }, { title: 'What' }],
    alerts.map(({ raised_at, cleared_at, job_name, rule, message }) => [
      moment(raised_at),
      cleared_at === null ? 'open' : moment(cleared_at),
      safe(job_name),
      rule,
      message,
    ]),
  );

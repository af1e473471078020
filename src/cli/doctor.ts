/** `lineup doctor`: one page about an installation, without secrets. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Finding, FindingStatus } from '../compose/doctor.ts';
import { number, paint, print, printJson, safe } from './output.ts';

const colours: Record<FindingStatus, Parameters<typeof paint>[0]> = {
  ok: 'green',
  warning: 'yellow',
  problem: 'red',
};

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Checks this installation and changes nothing. The output contains no secrets and no personal data, so you can add it to a bug report. Exit status 1: there is a problem.',
    )
    .option('--json', 'print JSON')
    .action(run);
}

async function run({ json }: { json?: boolean }): Promise<void> {
  const { examineInstallation } = await import('../compose/doctor.ts');
  const at = new Date().toISOString();
  const { findings, leftBehind } = await examineInstallation({ version: packageJson.version });
  const isWell = findings.every(({ status }) => status !== 'problem');
  if (json) printJson({ ok: isWell, at, findings });
  else print(page(at, findings));
  process.exitCode = isWell ? 0 : 1;
  // A check that is still waiting must not keep this process alive after the output.
  if (leftBehind) process.stdout.write('', () => process.exit());
}

function page(at: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ topic }) => topic.length));
  const lines = findings.flatMap(({ topic, status, message, todo }) => [
    `${paint(colours[status], status.padEnd(7))}  ${topic.padEnd(width)}  ${safe(message)}`,
    ...(todo === null ? [] : [`${' '.repeat(width + 11)}→ ${safe(todo)}`]),
  ]);
  return [`lineup doctor · ${at}`, '', ...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
  const counted = (many: number, noun: string) => `${number(many)} ${noun}${many === 1 ? '' : 's'}`;
  return `${counted(count('problem'), 'problem')}, ${counted(count('warning'), 'warning')}.`;
}

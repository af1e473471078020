/** `lineup export`: fills a custom audience at LINE from a source. */

import { Command } from 'commander';
import type { Pace } from '../compose/local-exports.ts';
import type { Hooks } from '../compose/preparation.ts';
import { defaultDestination } from '../domain/destinations/index.ts';
import { exitStatusOf, LineupError } from '../domain/errors/errors.ts';
import { EXITS_OF_EXPORT } from '../domain/errors/exit-status.ts';
import type { RunDocument } from '../domain/runs/run.ts';
import { maxShrink } from '../domain/values/bounds.ts';
import { advisedRun } from './advice.ts';
import { nextAfter, type Session, withLocalExports } from './local-session.ts';
import type { NextStep } from './next-step.ts';
import { type ExportFlags, id, oneOf, paceOf, pollOption, scanOptions, threadsOption } from './options.ts';
import { printJson } from './output.ts';
import { countryOfMachine } from './phone-country.ts';
import { progressDisplay } from './progress.ts';
import { printedRun, printOutcome, reportRun } from './report.ts';
import { exportRequest, withCountry } from './scan-request.ts';
import { adAccount, audienceName, fraction } from './schema-options.ts';

type Flags = ExportFlags & { pollInterval: number; threads?: number; resume?: string; json?: boolean };

const { modes } = defaultDestination;

export function exportCommand(): Command {
  const command = threadsOption(
    scanOptions(new Command('export'), {
      form: 'type:field[:name]',
      description:
        'a further identifier of the same members, for a custom audience of its own, e.g. phone:tel, "phone:tel:VIP mobile" or phone:tel:id=5343822743475; may be given several times',
    }),
  )
    .description(
      'Reads an audience, hashes one identifier of every member, and fills a LINE custom audience with them.\nKeys come from LINE_ADS_ACCESS_KEY and LINE_ADS_SECRET_KEY.',
    )
    .option('--ad-account <id>', 'LINE Ads account, e.g. A1', adAccount)
    .option('--audience-id <id>', 'the custom audience to fill', id('--audience-id'))
    .option(
      '--audience-name <name>',
      'create a custom audience with this name',
      audienceName('--audience-name', defaultDestination),
    )
    .option('--mode <mode>', 'replace the members or append new ones', oneOf('--mode', modes), modes[0])
    .option(
      '--max-shrink <fraction>',
      'largest share of members that a replace may remove; 1 allows any size (default: 0.5)',
      fraction('--max-shrink', maxShrink),
    )
    .option(
      '--suppress-max-shrink <fraction>',
      'how much smaller than before a source of --suppress may be (default: 0.5)',
      fraction('--suppress-max-shrink', maxShrink),
    )
    .option('--dry-run', 'do everything except sending');
  return pollOption(command)
    .option('--resume <run>', 'continue a run that failed, was interrupted or was killed', id('--resume'))
    .option('--json', 'print the run as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  lineup export --source members.csv --field email --identifier-type email --ad-account A1 --audience-name VIP
  lineup export --source 'exports/*.parquet' --field phone --identifier-type phone --default-country JP --ad-account A1 --audience-id 5343822743475
  lineup export --source members.csv --field email --identifier-type email --sibling phone:tel --sibling ifa:idfa --ad-account A1 --audience-name VIP
  lineup export --resume 20261125-003012-k3f9qa

${EXITS_OF_EXPORT}`,
    )
    .action(async (flags: Flags, called: Command) => {
      await withLocalExports(
        async (session) => {
          const document = advisedRun(await run(session, flags, called));
          finish(document, await nextAfter(session, document), flags.json ?? false);
        },
        { adAccountId: flags.adAccount, hasRuns: true },
      );
    });
}

async function run(session: Session, flags: Flags, called: Command): Promise<RunDocument> {
  const { threads, ...others } = flags;
  const begin = flags.resume ? resume(session, flags, called) : start(session, others);
  const display = await progressDisplay();
  try {
    return await begin(paceOf(flags), {
      signal: session.signal,
      onProgress: display.report,
      threads,
    });
  } finally {
    display.end();
  }
}

type Begin = (pace: Pace, hooks: Hooks) => Promise<RunDocument>;

function start({ exports }: Session, flags: Flags): Begin {
  const request = exportRequest(withCountry(flags, countryOfMachine()));
  return (pace, hooks) => exports.export(request, pace, hooks);
}

/** A resumed run keeps its request. Only the limits of the guards, the pace and the threads may change. */
function resume({ exports }: Session, flags: Flags, called: Command): Begin {
  const allowed = new Set(['resume', 'maxShrink', 'suppressMaxShrink', 'pollInterval', 'threads', 'json']);
  const other = called.options.filter(
    (option) => called.getOptionValueSource(option.attributeName()) === 'cli' && !allowed.has(option.attributeName()),
  );
  if (other.length > 0) {
    throw new LineupError(
      'invalid_argument',
      `--resume continues the run with its own settings, so ${other.map((option) => option.long).join(', ')} cannot be used with it.`,
    );
  }
  const { maxShrink, suppressMaxShrink } = flags;
  return (pace, hooks) => exports.resume(flags.resume ?? '', { maxShrink, suppressMaxShrink }, pace, hooks);
}

function finish(document: RunDocument, next: NextStep | null, json: boolean): void {
  if (json) {
    printJson(printedRun(document, next));
    printOutcome(document, next);
  } else {
    reportRun(document, next);
  }
  process.exitCode = document.error ? exitStatusOf(document.error.code) : 0;
}

/** What commands for local exports and for LINE get: the exports, and a signal that Ctrl-C aborts. */
import packageJson from '../../package.json' with { type: 'json' };
import type { LocalExports } from '../compose/local-exports.ts';
import { type Config, readConfig } from '../config/config.ts';
import { isDebugging } from '../config/environment.ts';
import type { RunDocument } from '../domain/runs/run.ts';
import { withAdviceOnFailure } from './advice.ts';
import { afterLocalRun, type NextStep } from './next-step.ts';
import { printWarning } from './output.ts';
import { interruptible, leaveSoon } from './terminal.ts';

export interface Session {
  readonly exports: LocalExports;
  readonly signal: AbortSignal;
}

interface Given {
  /** @default that of the environment */
  readonly config?: Config;
  /** What the command is about, for advice on its failure. */
  readonly adAccountId?: string | undefined;
  /** Whether the command has runs, which are traced. @default false */
  readonly hasRuns?: boolean;
}

/** Runs the work of a command with the exports of this machine, and closes them afterwards. */
export async function withLocalExports(
  work: (session: Session) => Promise<void>,
  { adAccountId, hasRuns, ...given }: Given = {},
): Promise<void> {
  const [{ LocalExports, stageLog }, { openTelemetry }] = await Promise.all([
    import('../compose/local-exports.ts'),
    import('../compose/telemetry.ts'),
  ]);
  const config = given.config ?? (await readConfig());
  await interruptible(async (signal) => {
    const log = isDebugging() ? await stageLog() : undefined;
    const telemetry = hasRuns ? await openTelemetry(packageJson.version, printWarning) : undefined;
    telemetry?.reportTo({ record: (_, { code } = {}) => printWarning(notSent(code)) });
    const exports = new LocalExports(config, printWarning, { log, telemetry });
    try {
      await withAdviceOnFailure(() => work({ exports, signal }), adAccountId);
    } finally {
      exports.close();
      if (telemetry && !(await telemetry.close())) leaveSoon();
    }
  });
}

const notSent = (code: string | null | undefined): string =>
  `The traces of this run could not be sent (${code}). The run itself is not affected.`;

/** The next step after a run of this data directory. */
export const nextAfter = async ({ exports }: Session, run: RunDocument): Promise<NextStep | null> =>
  afterLocalRun(run, await exports.mayContinue(run));

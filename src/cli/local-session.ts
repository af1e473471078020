/** What the commands about runs and LINE work in: the app, and a signal that Ctrl-C aborts. */
import { LocalExports } from '../compose/local-exports.ts';
import { type Config, readConfig } from '../config/config.ts';
import { advising } from './advice.ts';
import { interruptible } from './interrupt.ts';
import { printWarning } from './output.ts';

export interface Session {
  readonly exports: LocalExports;
  readonly signal: AbortSignal;
  /** How this program was called, for commands that people are shown. */
  readonly command: string;
}

/** Runs a command's work with the exports of this machine, which are closed afterwards. */
export async function withLocalExports(
  work: (session: Session) => Promise<void>,
  given?: Config,
): Promise<void> {
  const config = given ?? (await readConfig());
  await interruptible(async (signal) => {
    const exports = new LocalExports(config, printWarning);
    try {
      await advising(() => work({ exports, signal, command: config.command }));
    } finally {
      exports.close();
    }
  });
}

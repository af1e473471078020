/** What commands for local exports and for LINE get: the exports, and a signal that Ctrl-C aborts. */
import { LocalExports } from '../compose/local-exports.ts';
import { type Config, readConfig } from '../config/config.ts';
import { withAdviceOnFailure } from './advice.ts';
import { printWarning } from './output.ts';
import { interruptible } from './terminal.ts';

export interface Session {
  readonly exports: LocalExports;
  readonly signal: AbortSignal;
  /** How this program was called, for commands in messages. */
  readonly command: string;
}

/** Runs the work of a command with the exports of this machine, and closes them afterwards. */
export async function withLocalExports(
  work: (session: Session) => Promise<void>,
  given?: Config,
): Promise<void> {
  const config = given ?? (await readConfig());
  await interruptible(async (signal) => {
    const exports = new LocalExports(config, printWarning);
    try {
      await withAdviceOnFailure(() => work({ exports, signal, command: config.command }));
    } finally {
      exports.close();
    }
  });
}

/** What the commands about runs and LINE work in: the app, and a signal that Ctrl-C aborts. */
import { App } from '../compose/local-exports.ts';
import { readConfig } from '../config.ts';
import { advising } from './advice.ts';
import { interruptible } from './interrupt.ts';
import { printWarning } from './output.ts';

export interface Session {
  readonly app: App;
  readonly signal: AbortSignal;
  /** How this program was called, for commands that people are shown. */
  readonly command: string;
}

/** Runs a command's work with an app that is closed afterwards. */
export async function withApp(
  work: (session: Session) => Promise<void>,
  config = readConfig(),
): Promise<void> {
  await interruptible(async (signal) => {
    const app = new App(config, printWarning);
    try {
      await advising(() => work({ app, signal, command: config.command }));
    } finally {
      app.close();
    }
  });
}

/** What every command works in: the app, a signal that Ctrl-C ends. */
import { App, explainLineFailure } from '../compose.ts';
import { readConfig } from '../config.ts';
import { LineupError } from '../contracts/errors.ts';
import { tell } from './output.ts';

export interface Session {
  readonly app: App;
  readonly signal: AbortSignal;
}

/** Runs a command's work with an app that is closed afterwards. */
export async function withApp(
  work: (session: Session) => Promise<void>,
  config = readConfig(),
): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(130);
    tell('Stopping … (once more to stop at once)');
    interrupt.abort(new LineupError('interrupted', 'Interrupted.'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const app = new App(config);
  try {
    await work({ app, signal: interrupt.signal });
  } catch (error) {
    throw interrupt.signal.aborted ? interrupt.signal.reason : explainLineFailure(error);
  } finally {
    app.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

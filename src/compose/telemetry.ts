/** OpenTelemetry of this process, if its environment has an endpoint. Its SDK is loaded only then. */
import { randomUUID } from 'node:crypto';
import { readTelemetry } from '../config/telemetry.ts';
import type { Telemetry, TelemetrySettings } from '../contracts/telemetry.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { systemClock } from '../machine/system-clock.ts';

/**
 * Undefined when it is off. A setting that cannot be used turns it off, too: these variables are often set for all
 * programs of a machine, and must never stop an export.
 * @param note called with a sentence about such a setting, or about the SDK, which an installation may leave out
 */
export async function openTelemetry(
  version: string,
  note: (what: string) => void,
  load: () => Promise<Started> = () => import('../telemetry/start.ts'),
): Promise<Telemetry | undefined> {
  const settings = settingsOr(note);
  if (!settings) return undefined;
  const started = await load().catch((error: unknown) => {
    if (Object(error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    note(
      'No traces and metrics are sent, because this installation was made without the parts for OpenTelemetry. Install Lineup without --omit=optional.',
    );
  });
  return started?.startTelemetry(settings, { version, instanceId: randomUUID(), clock: systemClock });
}

type Started = typeof import('../telemetry/start.ts');

function settingsOr(note: (what: string) => void): TelemetrySettings | undefined {
  try {
    return readTelemetry();
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    note(`${error.message} No traces and metrics are sent until then.`);
    return undefined;
  }
}

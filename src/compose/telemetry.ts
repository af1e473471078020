/** OpenTelemetry of this process, if its environment has an endpoint. Its SDK is loaded only then. */
import { randomUUID } from 'node:crypto';
import { readTelemetry } from '../config/telemetry.ts';
import type { Telemetry, TelemetrySettings } from '../contracts/telemetry.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { systemClock } from '../machine/system-clock.ts';

/**
 * Undefined when it is off. A setting that cannot be used turns it off, too: these variables are often set for all
 * programs of a machine, and must never stop an export.
 * @param note called with a sentence about such a setting
 */
export async function openTelemetry(version: string, note: (what: string) => void): Promise<Telemetry | undefined> {
  const settings = settingsOr(note);
  if (!settings) return undefined;
  const { startTelemetry } = await import('../telemetry/start.ts');
  return startTelemetry(settings, { version, instanceId: randomUUID(), clock: systemClock });
}

function settingsOr(note: (what: string) => void): TelemetrySettings | undefined {
  try {
    return readTelemetry();
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    note(`${error.message} No traces and metrics are sent until then.`);
    return undefined;
  }
}

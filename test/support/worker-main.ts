/**
 * A worker as a separate process. Its first argument has its options as JSON. It prints when it is ready. On SIGTERM
 * it hands its runs over.
 */
import { openService } from '../../src/compose/service.ts';
import type { Pace } from '../../src/compose/service-pace.ts';
import { openTelemetry } from '../../src/compose/telemetry.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { activeTrace } from '../../src/machine/active-trace.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { createLog, eventLog } from '../../src/server/log.ts';

export interface WorkerSettings {
  readonly dataDirectory: string;
  readonly databaseUrl: string;
  readonly secretKey: string;
  readonly baseUrls: { readonly line_ads: string };
  readonly pace: Partial<Pace>;
}

const { secretKey, ...settings } = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const telemetry = await openTelemetry('0.0.0', console.error);
const running = await openService({
  ...settings,
  secretKey: new Secret(secretKey),
  role: 'worker',
  clock: systemClock,
  log: eventLog(createLog({ trace: activeTrace })),
  telemetry,
});
process.once('SIGTERM', () => void running.close().then(() => telemetry?.close()));
console.log('ready');

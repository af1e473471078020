/** LINE behind a half-open network: a run notices it in time, says so, and continues to the exact audience. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { LocalExports } from '../../src/compose/local-exports.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Clock } from '../../src/contracts/ports.ts';
import type { ExportRequest } from '../../src/domain/audiences/requests.ts';
import { exitStatusOf } from '../../src/domain/errors/errors.ts';
import type { ExportProgress } from '../../src/export/context.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { cableTo, type Swallowed } from '../support/cable.ts';
import { held, members } from '../support/cli.ts';
import { JumpingClock } from '../support/jumping-clock.ts';

const { csv, hashes } = members(10);

/** LINE through a cable, and exports to it. */
async function bench() {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-half-open-'));
  // A clock that jumps also jumps over the seconds of the rate.
  const simulator = await startLineAdsSimulator({ jobMs: 20, matchMs: 0, rateLimit: 100_000 });
  const cable = await cableTo(simulator.url);
  onTestFinished(async () => {
    await cable.pull();
    await simulator.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const source = join(directory, 'members.csv');
  writeFileSync(source, csv);
  const [key] = simulator.keys;
  const config = await readConfig({
    LINE_ADS_BASE_URL: cable.url,
    LINE_ADS_ACCESS_KEY: key?.accessKey ?? '',
    LINE_ADS_SECRET_KEY: key?.secretKey ?? '',
    LINEUP_DATA_DIR: join(directory, 'data'),
  });
  const request: ExportRequest = {
    source,
    field: 'email',
    identifierType: 'email',
    ifaFormat: 'sha256',
    chunkRecords: 4,
    chunkBytes: 60_000_000,
    adAccountId: 'A1',
    audienceName: 'VIP',
    mode: 'replace',
    maxShrink: 0.5,
    dryRun: false,
  };
  const pace = { pollIntervalMs: 50, jobTimeoutMs: 60_000 };
  const hooks = (onProgress: (progress: ExportProgress) => void = () => {}) => ({
    signal: new AbortController().signal,
    onProgress,
  });
  const withExports = async <T>(clock: Clock, work: (exports: LocalExports) => Promise<T>): Promise<T> => {
    const exports = new LocalExports(config, () => {}, { clock });
    try {
      return await work(exports);
    } finally {
      exports.close();
    }
  };
  return {
    simulator,
    cable,
    start: (clock: Clock) => withExports(clock, (exports) => exports.export(request, pace, hooks())),
    resume: (runId: string) => withExports(systemClock, (exports) => exports.resume(runId, {}, pace, hooks())),
  };
}

const READ_S = 30;
/** An upload may take ten minutes. Then LINE is asked whether it took it. */
const UPLOAD_S = 600 + READ_S;

interface Case {
  readonly name: string;
  /** The beginning of the request at which the network is lost. */
  readonly at: string;
  readonly what: Swallowed;
  readonly withinS: number;
  /** How many uploads LINE has when it is lost. */
  readonly taken: number;
}

test.each<Case>([
  {
    name: 'at the list',
    at: 'GET /api/v3/adaccounts/A1/custom-audiences',
    what: 'both',
    withinS: READ_S,
    taken: 0,
  },
  { name: 'before an upload', at: '/upload HTTP', what: 'both', withinS: UPLOAD_S, taken: 0 },
  { name: 'after an upload', at: '/upload HTTP', what: 'answers', withinS: UPLOAD_S, taken: 1 },
  { name: 'while it waits for LINE’s job', at: '/upload-job', what: 'both', withinS: READ_S, taken: 1 },
])(
  'a run that loses LINE $name notices it in $withinS s, and continues',
  async ({ at, what: lost, withinS, taken }) => {
    const { simulator, cable, start, resume } = await bench();
    const clock = new JumpingClock();
    const swallowed = cable.swallowFrom(at, lost);
    const running = start(clock);
    await Promise.race([swallowed, running]);
    await vi.waitFor(() => expect(simulator.inspect().jobs).toHaveLength(taken), { timeout: 10_000 });
    const passed = clock.hurry();
    const run = await running;
    expect(passed()).toBeLessThanOrEqual(withinS * 1_000);
    expect(run).toMatchObject({
      status: 'failed',
      error: {
        code: 'line_unreachable',
        message: expect.stringMatching(/^LINE did not answer in time\./),
        retryable: true,
        resumable: true,
      },
    });
    expect(exitStatusOf(run.error?.code ?? '')).toBe(1);

    // The next process has none of the old connections.
    await cable.pull();
    cable.heal();
    await cable.plug();
    const resumed = await resume(run.runId ?? '');
    expect(resumed).toMatchObject({ status: 'succeeded', error: null });
    expect(held(simulator, resumed.audience?.id ?? '')).toEqual(hashes);
    const { audiences, violations } = simulator.inspect();
    expect(audiences.filter(({ name }) => name === 'VIP')).toHaveLength(1);
    expect(violations).toEqual([]);
  },
);

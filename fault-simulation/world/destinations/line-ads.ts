/** LINE Ads in a history. */

import { LineAdsClient } from '../../../packages/line-ads/src/index.ts';
import { answer } from '../../../simulators/line-ads/answer.ts';
import { addElsewhere } from '../../../simulators/line-ads/elsewhere.ts';
import type { Fault as SimulatorFault } from '../../../simulators/line-ads/faults.ts';
import { createWorld, type World } from '../../../simulators/line-ads/world.ts';
import { release } from '../../../simulators/shared/jobs.ts';
import { lineAdsDestination } from '../../../src/destinations/line-ads/destination.ts';
import { quotaOf } from '../../../src/domain/destinations/limits.ts';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import type { Process } from '../../engine/process.ts';
import type { Timeline } from '../../engine/timeline.ts';
import type { JobPlan, LinePlan } from '../plan.ts';
import type { Fault, LineFault } from '../planned-faults.ts';
import { type Plants, planted } from '../plants.ts';
import { type Network, sendOver } from './network.ts';
import type { Connecting, DestinationSide, FaultAtDestination, SentRequest, SentUpload } from './side.ts';

const keys = [
  { accessKey: 'KEYONE', secretKey: 'SECRETONE', role: 'data_provider' as const },
  { accessKey: 'KEYTWO', secretKey: 'SECRETTWO', role: 'data_provider' as const },
];

/** What a plan says of LINE. Other faults are left out. */
export interface PlanOfLine {
  readonly line: LinePlan;
  readonly faults: readonly (Fault | { readonly kind: string })[];
}

export class LineAdsSide implements DestinationSide {
  readonly traits = lineAdsTraits;
  readonly world: World;
  onSend: (request: SentRequest) => void = () => {};
  onAnswer: () => void = () => {};
  hasDeleted = false;
  readonly #timeline: Timeline;
  readonly #network: Network;

  constructor(timeline: Timeline, plan: PlanOfLine) {
    this.#timeline = timeline;
    this.world = createWorld({
      keys: keys.map((key) => ({ ...key })),
      adAccounts: ['A1', 'A2'],
      now: () => timeline.wall,
      sleep: (ms) => timeline.operation(null, 'LINE takes its time', () => {}, ms),
      jobMs: plan.line.jobMs,
      matchMs: 1_000,
      rateToleranceMs: 0,
      faults: [
        ...plan.faults.flatMap((fault) => ('endpoint' in fault ? [lineFaultOf(fault)] : [])),
        { kind: 'job_late', ms: plan.line.appearsAfterMs, count: 0 },
      ],
    });
    this.#network = {
      timeline,
      to: 'LINE',
      headers: ['authorization', 'date', 'content-type'],
      answer: (incoming) => answer(this.world, incoming),
      onSend: (request) => this.onSend({ ...request, upload: uploadIn(request.body) }),
      onAnswer: () => this.onAnswer(),
    };
  }

  addAudience(name: string, job: Pick<JobPlan, 'identifier' | 'account' | 'existing'>): string {
    const idType = job.identifier === 'email' ? 'HASHED_EMAIL' : 'IFA';
    return addElsewhere(this.world, {
      name,
      adAccountId: job.account,
      idType,
      members: job.existing ?? 0,
    }).id;
  }

  audienceNamed(account: string, name: string): string | undefined {
    return this.world.state.audiences().find((audience) => audience.adAccountId === account && audience.name === name)
      ?.id;
  }

  connect(process: Process, key: number, { limits }: Pick<Connecting, 'limits'>, plant: Plants) {
    const { accessKey, secretKey } = keys[key]!;
    const client = new LineAdsClient({
      accessKey,
      secretKey,
      baseUrl: 'http://line.test/api',
      fetch: (url, init) => sendOver(this.#network, process, url, init),
      limiter: limits.rate(quotaOf(lineAdsTraits, accessKey)),
      now: () => process.clock.now().getTime(),
      sleep: (ms, signal) => process.clock.sleep(ms, signal),
      deadline: (ms, signal) => process.clock.sleep(ms, signal),
      random: process.random,
    });
    return planted(plant.destination, lineAdsDestination(planted(plant.client, client)));
  }

  suffer(fault: FaultAtDestination, audienceOf: (job: number) => string | null | undefined): void {
    const { state } = this.world;
    if (fault.kind === 'key_revoked') {
      state.revokeKey(keys[fault.key]!.accessKey, this.#timeline.wall + fault.forMs);
      return;
    }
    if (fault.kind !== 'audience_renamed' && fault.kind !== 'audience_deleted') return;
    const audience = state.audience(audienceOf(fault.job) ?? '');
    if (!audience) return;
    if (fault.kind === 'audience_renamed') {
      audience.name = `${audience.name} (renamed)`;
    } else {
      state.deleteAudience(audience.id);
      this.hasDeleted = true;
    }
  }

  calm(): void {
    const { faults, state, clock } = this.world;
    faults.clear();
    for (const { accessKey } of keys) state.revokeKey(accessKey, clock.time());
    for (const job of state.jobs()) release(job, clock.time());
  }

  members(audienceId: string): readonly string[] | undefined {
    const audience = this.world.state.audience(audienceId);
    return audience && [...audience.members];
  }

  *faults(): Generator<string> {
    for (const { faults } of this.world.state.requests.kept) {
      for (const kind of faults) if (kind !== 'job_late') yield `line ${kind}`;
    }
  }
}

/** @param body of a request */
function uploadIn(body: Uint8Array | null): SentUpload | undefined {
  const [, fileName] = /filename="([^"]+)"/.exec(body ? Buffer.from(body).toString('latin1') : '') ?? [];
  return fileName === undefined ? undefined : { fileName };
}

function lineFaultOf({ kind, endpoint, nth, count }: LineFault): SimulatorFault {
  const where = { endpoint, nth, count };
  switch (kind) {
    case 'line_429':
      return { kind: 'status', status: 429, ...where };
    case 'line_5xx_before':
      return { kind: 'status', status: 503, when: 'before', ...where };
    case 'line_5xx_after':
      return { kind: 'status', status: 500, when: 'after', ...where };
    case 'line_reset_before':
      return { kind: 'reset', when: 'before', ...where };
    case 'line_reset_after':
      return { kind: 'reset', when: 'after', ...where };
    case 'line_slow':
      return { kind: 'slow', ms: 25_000, when: 'before', ...where };
    case 'line_slow_after':
      return { kind: 'slow', ms: 25_000, when: 'after', ...where };
    case 'line_garbled':
      return { kind: 'garbled', ...where };
    case 'line_busy':
      return { kind: 'busy', ...where };
    case 'line_job_failed':
      return { kind: 'job_failed', ...where };
    case 'line_job_stuck':
      return { kind: 'job_stuck', ...where };
  }
}

/** LINE Ads in a history. */

import { LineAdsClient } from '../../../packages/line-ads/src/index.ts';
import { answer } from '../../../simulators/line-ads/answer.ts';
import { addElsewhere } from '../../../simulators/line-ads/elsewhere.ts';
import type { Fault as SimulatorFault } from '../../../simulators/line-ads/faults.ts';
import { release } from '../../../simulators/line-ads/jobs.ts';
import { createWorld, type World } from '../../../simulators/line-ads/world.ts';
import type { Answer } from '../../../simulators/shared/reply.ts';
import type { SharedLimits } from '../../../src/contracts/ports.ts';
import { lineAdsDestination } from '../../../src/destinations/line-ads/destination.ts';
import { quotaOf } from '../../../src/domain/destinations/limits.ts';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import type { Process } from '../../engine/process.ts';
import type { Timeline } from '../../engine/timeline.ts';
import type { JobPlan, LinePlan } from '../plan.ts';
import type { Fault, LineFault } from '../planned-faults.ts';
import { type Plants, planted } from '../plants.ts';
import type { DestinationSide, FaultAtDestination, SentRequest, SentUpload } from './side.ts';

const keys = [
  { accessKey: 'KEYONE', secretKey: 'SECRETONE', role: 'data_provider' as const },
  { accessKey: 'KEYTWO', secretKey: 'SECRETTWO', role: 'data_provider' as const },
];

/** Networks lose what is longer on its way. The limits of LINE rely on it: a dead process keeps its places as long. */
const LONGEST_WAY_MS = 15_000;

/** What a plan says of LINE. Other faults are left out. */
export interface PlanOfLine {
  readonly line: LinePlan;
  readonly faults: readonly (Fault | { readonly kind: string })[];
}

export class LineAdsSide implements DestinationSide {
  readonly world: World;
  onSend: (request: SentRequest) => void = () => {};
  onAnswer: () => void = () => {};
  hasDeleted = false;
  readonly #timeline: Timeline;

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

  connect(
    process: Process,
    key: number,
    limits: Pick<SharedLimits, 'rate'>,
    plant: Pick<Plants, 'client' | 'destination'>,
  ) {
    const { accessKey, secretKey } = keys[key]!;
    const client = new LineAdsClient({
      accessKey,
      secretKey,
      baseUrl: 'http://line.test/api',
      fetch: (url, init) => this.#send(process, url, init),
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
      for (const kind of faults) if (kind !== 'job_late') yield kind;
    }
  }

  async #send(process: Process, url: URL, init: RequestInit): Promise<Response> {
    const { signal } = init;
    signal?.throwIfAborted();
    const sent = init.headers as Headers;
    const header = (name: string) => sent.get(name) ?? undefined;
    const headers = {
      authorization: header('authorization'),
      date: header('date'),
      'content-type': header('content-type'),
    };
    const body = await bytesOf(init.body);
    const method = init.method ?? 'GET';
    const target = `${url.pathname}${url.search}`;
    this.onSend({ process, method, path: url.pathname, body, upload: uploadIn(body) });
    return new Promise((resolve, reject) => {
      if (process.isDead) return;
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      // On its way it belongs to nobody: it arrives although its sender is dead.
      const sentAt = this.#timeline.now;
      this.#timeline.schedule(null, `LINE gets ${method} ${url.pathname}`, 0, () => {
        // A connection that was closed before brings nothing any more.
        if (signal?.aborted || this.#timeline.now - sentAt > LONGEST_WAY_MS) return;
        void answer(this.world, { method, target, headers, body }).then((answered) => {
          this.onAnswer();
          if (process.isDead) return;
          this.#timeline.schedule(process, `answer ${answered.status ?? 'reset'}`, 0, () => {
            if (answered.status === undefined) reject(broken());
            else resolve(asResponse(answered));
          });
        });
      });
    });
  }
}

/** @param body of a request */
function uploadIn(body: Uint8Array | null): SentUpload | undefined {
  const [, fileName] = /filename="([^"]+)"/.exec(body ? Buffer.from(body).toString('latin1') : '') ?? [];
  return fileName === undefined ? undefined : { fileName };
}

async function bytesOf(body: RequestInit['body']): Promise<Uint8Array | null> {
  if (body === null || body === undefined) return null;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body as ReadableStream<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}

/** As `fetch` rejects when the connection is closed without an answer. */
const broken = () =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
  });

/** What the client uses of a response. */
function asResponse({ status, headers, body }: Answer): Response {
  const response = { ok: status < 300, status, headers: new Headers(headers), text: async () => body ?? '' };
  return response as unknown as Response;
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

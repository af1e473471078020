/** LINE Official Account in a history. */

import { answer } from '../../../simulators/line-official-account/answer.ts';
import { addElsewhere, type Elsewhere } from '../../../simulators/line-official-account/elsewhere.ts';
import type { Fault as SimulatorFault } from '../../../simulators/line-official-account/faults.ts';
import { createWorld, type World } from '../../../simulators/line-official-account/world.ts';
import { release } from '../../../simulators/shared/jobs.ts';
import type { Clock, SharedLimits } from '../../../src/contracts/ports.ts';
import type { Destination } from '../../../src/destinations/destination.ts';
import { senderOf } from '../../../src/destinations/line-official-account/client.ts';
import { lineOfficialAccountDestination } from '../../../src/destinations/line-official-account/destination.ts';
import { tokens as officialAccountTokens } from '../../../src/destinations/line-official-account/tokens.ts';
import { lineOfficialAccountTraits } from '../../../src/domain/destinations/line-official-account.ts';
import type { Process } from '../../engine/process.ts';
import type { Timeline } from '../../engine/timeline.ts';
import { CHANNELS } from '../official-account-plan.ts';
import { type JobPlan, type OfficialAccountPlan, type Plan, SECRET } from '../plan.ts';
import type { OfficialAccountFault } from '../planned-faults.ts';
import { type Plants, planted } from '../plants.ts';
import { type Network, sendOver } from './network.ts';
import type { Connecting, DestinationSide, FaultAtDestination, SentRequest, SentUpload } from './side.ts';

/** The channels of two official accounts. Their secrets are looked for in all that is written. */
const channels = CHANNELS.map((channelId, n) => ({ channelId, channelSecret: `${SECRET}${n}`, bot: `BOT${n}` }));

const BASE_URL = 'http://oa.test';
/** LINE allows so many audiences of a channel. */
const MOST = 1_000;

export class OfficialAccountSide implements DestinationSide {
  readonly traits = lineOfficialAccountTraits;
  readonly world: World;
  onSend: (request: SentRequest) => void = () => {};
  onAnswer: () => void = () => {};
  hasDeleted = false;
  /** The audiences that LINE has ended before their time. */
  readonly expired = new Set<string>();
  /** At which step each channel has got as many audiences as it may have. */
  readonly fullSince = new Map<string, number>();
  readonly #timeline: Timeline;
  readonly #network: Network;
  /** The audiences that fill the channels. */
  readonly #fillers = new Map<string, string[]>();
  readonly #jobs: readonly Pick<JobPlan, 'audienceName' | 'account' | 'identifier'>[];
  #isCalm = false;

  constructor(timeline: Timeline, plan: Pick<Plan, 'faults' | 'jobs'>, given: OfficialAccountPlan) {
    this.#timeline = timeline;
    this.#jobs = plan.jobs;
    this.world = createWorld({
      channels,
      now: () => timeline.wall,
      sleep: (ms) => timeline.operation(null, 'LINE takes its time', () => {}, ms),
      jobMs: given.jobMs,
      tokenMs: given.tokenMs,
      ...given.openPoints,
      readyMs: 1_000,
      rateToleranceMs: 0,
      faults: plan.faults.flatMap((fault) => ('oaEndpoint' in fault ? [ordered(fault)] : [])),
    });
    this.#network = {
      timeline,
      to: 'LINE',
      headers: ['authorization', 'content-type'],
      answer: (incoming) => answer(this.world, incoming),
      onSend: (request) => this.onSend({ ...request, upload: uploadIn(request) }),
      onAnswer: () => this.onAnswer(),
    };
  }

  addAudience(
    name: string,
    {
      account: channelId,
      identifier,
      existing,
      ageDays,
    }: Pick<JobPlan, 'account' | 'identifier' | 'existing' | 'ageDays'>,
  ): string {
    return this.#add({ name, channelId, isIfaAudience: identifier === 'ifa', members: existing ?? 0, ageDays });
  }

  audienceNamed(account: string, name: string): string | undefined {
    return this.world.state.audiences().findLast((audience) => audience.channelId === account && audience.name === name)
      ?.id;
  }

  connect(process: Process, key: number, { limits, tokens }: Connecting, plant: Plants): Destination {
    const { channelId, channelSecret } = channels[key]!;
    const credentials = { channel_id: channelId, channel_secret: channelSecret };
    const fetch = (url: URL, init: RequestInit) => sendOver(this.#network, process, url, init);
    const rules = planted(plant.tokens, {
      ...officialAccountTokens,
      mint: (given, kept, call) => officialAccountTokens.mint(given, kept, { ...call, fetch }),
    });
    const send = senderOf(
      {
        credentials,
        tokens: tokens.of(`key-${key}`, credentials, rules, BASE_URL),
        // Of the limits, it uses no others.
        limits: limits as SharedLimits,
        clock: process.clock,
        baseUrl: BASE_URL,
        patience: 'run',
      },
      { fetch, random: process.random },
    );
    const channel = { id: channelId, keyField: 'channel_secret' } as const;
    return planted(plant.destination, lineOfficialAccountDestination(send, channel));
  }

  /** The tokens are in memory, so no person ends a pause. It ends when the calendar moves on. */
  clockOfTokens = ({ clock }: Process): Clock => ({ ...clock, monotonic: () => this.#timeline.wall });

  suffer(fault: FaultAtDestination, audienceOf: (job: number) => string | null | undefined): void {
    const { state } = this.world;
    switch (fault.kind) {
      case 'tokens_expired':
        state.tokens.expire(channels[fault.key]!.channelId);
        return;
      case 'channel_full':
        this.#fill(channels[fault.key]!.channelId, fault.forMs);
        return;
      case 'name_used': {
        const { audienceName: name, account, identifier } = this.#jobs[fault.job]!;
        this.#add({ name, channelId: account, isIfaAudience: identifier === 'ifa' });
        return;
      }
      case 'tokens_deleted':
      case 'key_revoked':
        return;
    }
    const audience = state.audience(audienceOf(fault.job) ?? '');
    if (!audience) return;
    switch (fault.kind) {
      case 'audience_renamed':
        state.renameAudience(audience.id, `${audience.name} (renamed)`);
        return;
      case 'audience_deleted':
        state.deleteAudience(audience.id);
        this.hasDeleted = true;
        return;
      case 'audience_expired':
        state.forceStatus(audience.id, 'EXPIRED');
        this.expired.add(audience.id);
        return;
      case 'uploads_elsewhere':
        for (let n = 0; n < fault.count; n += 1) this.#uploadElsewhere(audience.id, audience.channelId!, n);
    }
  }

  calm(): void {
    const { faults, state, clock } = this.world;
    this.#isCalm = true;
    faults.clear();
    for (const { channelId } of channels) this.#makeRoom(channelId);
    for (const job of state.jobs()) release(job, clock.time());
  }

  members(audienceId: string): readonly string[] | undefined {
    const audience = this.world.state.audience(audienceId);
    return audience && [...audience.members];
  }

  *faults(): Generator<string> {
    for (const { faults } of this.world.state.requests.kept) for (const kind of faults) yield `oa ${kind}`;
  }

  #add(about: Elsewhere): string {
    return addElsewhere(this.world, about).id;
  }

  #fill(channelId: string, forMs: number): void {
    if (this.#isCalm) return;
    const missing = MOST - this.world.state.countOf(channelId);
    const fillers = Array.from({ length: missing }, (_, n) => this.#add({ name: `Filler ${n}`, channelId }));
    this.#fillers.set(channelId, [...(this.#fillers.get(channelId) ?? []), ...fillers]);
    this.fullSince.set(channelId, this.#timeline.steps);
    this.#timeline.schedule(null, 'a person deletes audiences', forMs, () => this.#makeRoom(channelId));
  }

  #makeRoom(channelId: string): void {
    for (const id of this.#fillers.get(channelId) ?? []) this.world.state.deleteAudience(id);
    this.#fillers.delete(channelId);
    this.fullSince.delete(channelId);
  }

  /** Of the manager of the account. The first one takes as long as one of the API. */
  #uploadElsewhere(audienceId: string, channelId: string, n: number): void {
    if (this.#isCalm) return;
    const { state, clock, settings } = this.world;
    const now = clock.time();
    state.addJob({
      id: state.newJobId(),
      audienceId,
      channelId,
      description: `by hand ${n}`,
      sent: 0,
      bytes: 0,
      request: 0,
      createdAt: now,
      acceptedAt: now,
      listedAt: now,
      durationMs: n === 0 ? settings.jobMs : 0,
      stuck: null,
      failedType: null,
      taken: 0,
      count: 0,
      ids: null,
      file: null,
    });
  }
}

/** What the form of an upload has. */
function uploadIn({ path, body }: Omit<SentRequest, 'upload'>): SentUpload | undefined {
  if (!path.endsWith('/upload/byFile')) return undefined;
  const text = body ? Buffer.from(body).toString('latin1') : '';
  const fields = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/name="([^"]+)"[^\r]*\r\n(?:[^\r]+\r\n)*\r\n(.*?)\r\n--/gs))
    fields.set(name!, value!);
  const fileName = fields.get('uploadDescription');
  const file = fields.get('file');
  if (fileName === undefined || file === undefined) return undefined;
  return {
    fileName,
    toGroup: {
      id: fields.get('audienceGroupId'),
      name: fields.get('description'),
      isIfa: fields.get('isIfaAudience'),
      lines: file.split('\n').slice(0, -1),
    },
  };
}

/** A rule of the simulator. */
function ordered({ kind, oaEndpoint: endpoint, nth, count }: OfficialAccountFault): SimulatorFault {
  const where = { endpoint, nth, count };
  switch (kind) {
    case 'oa_429':
      return { kind: 'status', status: 429, ...where };
    case 'oa_forbidden':
      return { kind: 'status', status: endpoint === 'token' ? 400 : 403, ...where };
    case 'oa_token_ended':
      return endpoint === 'token' ? { kind: 'status', status: 500, ...where } : { kind: 'token_expired', ...where };
    // Without a message it is no JSON, as a page of a proxy or of a maintenance.
    case 'oa_5xx_before':
      return { kind: 'status', status: 503, when: 'before', ...where };
    case 'oa_5xx_after':
      return { kind: 'status', status: 500, message: 'Internal error', when: 'after', ...where };
    case 'oa_redirect_after':
      return { kind: 'status', status: 302, when: 'after', ...where };
    case 'oa_reset_before':
      return { kind: 'reset', when: 'before', ...where };
    case 'oa_reset_middle':
      return { kind: 'reset', when: 'middle', ...where };
    case 'oa_reset_read':
      return { kind: 'reset', when: 'read', ...where };
    case 'oa_reset_after':
      return { kind: 'reset', when: 'after', ...where };
    case 'oa_slow':
      return { kind: 'slow', ms: 25_000, when: 'before', ...where };
    case 'oa_slow_after':
      return { kind: 'slow', ms: 25_000, when: 'after', ...where };
    case 'oa_garbled':
      return { kind: 'garbled', ...where };
    case 'oa_unknown_word':
      return { kind: 'property', property: 'jobStatus', value: 'POLISHING', ...where, endpoint: 'get' };
    case 'oa_job_failed':
      return { kind: 'job_failed', ...where };
    case 'oa_job_insufficient':
      return { kind: 'job_failed', failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT', ...where };
    case 'oa_job_queued':
      return { kind: 'job_stuck', state: 'QUEUED', ...where };
    case 'oa_job_stuck':
      return { kind: 'job_stuck', ...where };
    case 'oa_job_late':
      return { kind: 'job_late', ms: 8_000, ...where };
  }
}

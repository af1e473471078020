/** LY Ads in a history. */

import { LyAdsClient } from '../../../packages/ly-ads/src/index.ts';
import { answer } from '../../../simulators/ly-ads/answer.ts';
import { addElsewhere } from '../../../simulators/ly-ads/elsewhere.ts';
import type { Fault as SimulatorFault } from '../../../simulators/ly-ads/faults.ts';
import { createWorld, type World } from '../../../simulators/ly-ads/world.ts';
import { release } from '../../../simulators/shared/jobs.ts';
import type { StoredToken } from '../../../src/contracts/ports.ts';
import type { Destination } from '../../../src/destinations/destination.ts';
import { lyAdsDestination } from '../../../src/destinations/ly-ads/destination.ts';
import { tokens as lyAdsTokens } from '../../../src/destinations/ly-ads/tokens.ts';
import { ownerOf } from '../../../src/destinations/shared-token.ts';
import type { Credentials, TokenRules } from '../../../src/destinations/tokens.ts';
import { quotaOf } from '../../../src/domain/destinations/limits.ts';
import { lyAdsTraits } from '../../../src/domain/destinations/ly-ads.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import type { Process } from '../../engine/process.ts';
import type { Timeline } from '../../engine/timeline.ts';
import { type JobPlan, type LyAdsPlan, type Plan, RAW } from '../plan.ts';
import type { LyAdsFault } from '../planned-faults.ts';
import { type Plants, planted } from '../plants.ts';
import { type Network, sendOver } from './network.ts';
import type { Connecting, DestinationSide, FaultAtDestination, SentRequest, SentUpload } from './side.ts';

/** The applications of two customers, each with a person who consents. Their secrets are looked for as raw values. */
const applications = [0, 1].map((n) => ({
  clientId: `application-${n}`,
  clientSecret: `${RAW}-secret-${n}`,
  businessId: `BIZ000${n}`,
}));

/** An MCC, with the accounts that jobs export to. */
const BASE_ACCOUNT = '1001';
const ACCOUNTS = ['1011', '1012'];
const BASE_URL = 'http://ly.test';
/** The code is shown to the person. */
const REDIRECT = 'oob';

/** The authorization that has an application. */
export const authorizationOf = (key: number): string => `key-${key}`;

const credentialsOf = (key: number): Credentials => {
  const { clientId, clientSecret } = applications[key]!;
  return { client_id: clientId, client_secret: clientSecret, base_account_id: BASE_ACCOUNT, column_headings: 'write' };
};

export class LyAdsSide implements DestinationSide {
  readonly traits = lyAdsTraits;
  readonly world: World;
  onSend: (request: SentRequest) => void = () => {};
  onAnswer: () => void = () => {};
  /** Called when LY has carried out a request or has not got it, with the list that the request was about. */
  onEnd: (body: unknown, listId: string | undefined) => void = () => {};
  hasDeleted = false;
  /** When a process began the requests, by their numbers. In machine time, as all that follows. */
  readonly #begun = new Map<number, { readonly clientId: string; readonly at: number }>();
  /** When processes have told each other of a pause, by the application. */
  readonly #pauses = new Map<string, number[]>();
  /** When they have told each other that LY has refused a refresh token, by the application. */
  readonly #refusals = new Map<string, number[]>();
  /** Whether the data connection of a list has ever stopped. */
  hasStopped = false;
  readonly #timeline: Timeline;
  readonly #network: Network;
  #isCalm = false;

  constructor(timeline: Timeline, { faults }: Pick<Plan, 'faults'>, { jobMs, tokenMs, openPoints }: LyAdsPlan) {
    this.#timeline = timeline;
    this.world = createWorld({
      clients: applications,
      people: applications.map(({ businessId }) => ({ businessId, name: businessId })),
      accounts: [{ id: BASE_ACCOUNT, isMcc: true }, ...ACCOUNTS.map((id) => ({ id, parent: BASE_ACCOUNT }))],
      now: () => timeline.wall,
      sleep: (ms) => timeline.operation(null, 'LY takes its time', () => {}, ms),
      jobMs,
      tokenMs,
      ...openPoints,
      reachMs: 1_000,
      rateToleranceMs: 0,
      // Only a fault stops a connection.
      unusedDays: 0,
      faults: faults.flatMap((fault) => ('lyEndpoint' in fault ? [ordered(fault)] : [])),
    });
    this.#network = {
      timeline,
      to: 'LY',
      headers: ['authorization', 'x-z-base-account-id', 'content-type'],
      answer: (incoming, begunAt) =>
        answer(this.world, incoming, ({ number, clientId = '', listId }) => {
          this.#begun.set(number, { clientId, at: begunAt });
          this.onEnd(incoming.body, listId);
        }),
      onLost: (body) => this.onEnd(body, undefined),
      onSend: (request) => this.onSend({ ...request, upload: uploadIn(request) }),
      onAnswer: () => this.onAnswer(),
    };
  }

  addAudience(
    name: string,
    { account, existing, memberDays }: Pick<JobPlan, 'account' | 'existing' | 'memberDays'>,
  ): string {
    return addElsewhere(this.world, {
      name,
      accountId: account,
      members: existing ?? 0,
      ...(memberDays !== undefined && { dataDuration: memberDays }),
    }).id;
  }

  audienceNamed(account: string, name: string): string | undefined {
    return this.world.state.lists(account).find((list) => list.name === name)?.id;
  }

  connect(process: Process, key: number, { limits, tokens }: Connecting, plant: Plants): Destination {
    const { clientId } = applications[key]!;
    const quota = quotaOf(lyAdsTraits, clientId);
    const fetch = this.#fetchOf(process);
    const rules: TokenRules = {
      ...lyAdsTokens,
      mint: (credentials, kept, call) => lyAdsTokens.mint(credentials, kept, { ...call, fetch }),
    };
    const token = tokens.of(authorizationOf(key), credentialsOf(key), planted(plant.tokens, rules), BASE_URL);
    const rate = limits.rate(quota);
    const client = new LyAdsClient({
      clientId,
      baseAccountId: BASE_ACCOUNT,
      baseUrl: BASE_URL,
      token: async (refused, signal) =>
        (await token.current(refused === undefined ? undefined : new Secret(refused), signal)).reveal(),
      fetch,
      limiter: {
        acquire: (signal, lane) => rate.acquire(signal, lane),
        pause: async (ms) => {
          await limits.pause(quota.key, ms);
          this.#tell(this.#pauses, clientId);
        },
      },
      now: () => process.clock.now().getTime(),
      sleep: (ms, signal) => process.clock.sleep(ms, signal),
      deadline: (ms, signal) => process.clock.sleep(ms, signal),
      random: process.random,
    });
    return planted(plant.destination, lyAdsDestination(planted(plant.lyAdsClient, client), BASE_ACCOUNT));
  }

  /** A process has stored that LY refuses the refresh token. */
  refusalIsKept(key: number): void {
    this.#tell(this.#refusals, applications[key]!.clientId);
  }

  #tell(told: Map<string, number[]>, clientId: string): void {
    told.set(clientId, [...(told.get(clientId) ?? []), this.#timeline.now]);
  }

  /** When a request was begun, if that was in a pause of which all processes were told. */
  begunInPause(request: number): number | undefined {
    return this.#begunAfter(this.#pauses, request, lyAdsTraits.limits.pauseMs);
  }

  /** When a request was begun, if all processes were told before that LY refuses a refresh token. */
  begunAfterRefusal(request: number): number | undefined {
    return this.#begunAfter(this.#refusals, request, Number.POSITIVE_INFINITY);
  }

  #begunAfter(told: ReadonlyMap<string, readonly number[]>, request: number, withinMs: number): number | undefined {
    const { clientId, at } = this.#begun.get(request) ?? { clientId: '', at: 0 };
    const isTold = told.get(clientId)?.some((toldAt) => toldAt < at && at - toldAt < withinMs);
    return isTold ? at : undefined;
  }

  /** A person consents in the browser. @param key whose application @returns the code that LY gives */
  consent(key: number): string {
    const { clientId, businessId } = applications[key]!;
    return this.world.state.grants.newCode(clientId, businessId, REDIRECT);
  }

  /** What a process gets for a code. */
  async exchange(process: Process, key: number, code: string): Promise<StoredToken> {
    const mintedAt = process.clock.now();
    const { clock } = process;
    const credentials = credentialsOf(key);
    const signal = new AbortController().signal;
    const fetch = this.#fetchOf(process);
    const call = { baseUrl: BASE_URL, clock, signal, fetch };
    const minted = await lyAdsTokens.consent!.exchange(credentials, code, REDIRECT, call);
    return { ...minted, keep: minted.keep ?? null, mintedAt, belongsTo: ownerOf(credentials, lyAdsTokens) };
  }

  #fetchOf =
    (process: Process) =>
    (url: URL, init: RequestInit): Promise<Response> =>
      sendOver(this.#network, process, url, init);

  suffer(fault: FaultAtDestination, audienceOf: (job: number) => string | null | undefined): void {
    const { state } = this.world;
    switch (fault.kind) {
      case 'tokens_expired':
        state.grants.expireAccess(applications[fault.key]!.businessId);
        return;
      case 'tokens_deleted':
        state.grants.deleteTokens(applications[fault.key]!.businessId);
        return;
      case 'key_revoked':
      case 'channel_full':
        return;
    }
    const list = state.list(audienceOf(fault.job) ?? '');
    if (!list) return;
    switch (fault.kind) {
      case 'audience_renamed':
        state.renameList(list.id, `${list.name} (renamed)`);
        return;
      case 'audience_deleted':
        state.removeList(list.id);
        this.hasDeleted = true;
        return;
      case 'connection_stopped':
        state.stopConnection(list.id);
        this.hasStopped = true;
        this.#timeline.schedule(null, 'an ad uses the list again', fault.forMs, () => this.#connectAgain(list.id));
        return;
      case 'uploaded_elsewhere':
        this.#uploadElsewhere(list.id, list.accountId);
    }
  }

  calm(): void {
    const { faults, state, clock } = this.world;
    this.#isCalm = true;
    faults.clear();
    state.pausedUntil.clear();
    for (const { id } of state.lists()) this.#connectAgain(id);
    for (const job of state.jobs()) release(job, clock.time());
  }

  members(audienceId: string): readonly string[] | undefined {
    return this.world.state.list(audienceId) && [...this.world.state.members(audienceId)];
  }

  *faults(): Generator<string> {
    for (const { faults } of this.world.state.requests.kept) for (const kind of faults) yield `ly ${kind}`;
  }

  #connectAgain(id: string): void {
    this.world.state.stopConnection(id, false);
  }

  /** In the tool of LY, so it is no upload of the API. It is RECEIVED at once. */
  #uploadElsewhere(listId: string, accountId: string): void {
    if (this.#isCalm) return;
    const { state, clock } = this.world;
    const now = clock.time();
    state.addJob({
      id: state.newJobId(),
      listId,
      accountId,
      uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
      uploadSource: 'CAMPAIGN_MANAGEMENT_TOOL',
      fileName: 'by-hand.csv',
      rows: 0,
      bytes: 0,
      upperCase: 0,
      request: 0,
      acceptedAt: now,
      submittedAt: now,
      listedAt: now,
      durationMs: 0,
      stuck: null,
      outcome: 'RECEIVED',
      why: null,
      taken: 0,
      counts: false,
      batch: null,
      file: null,
    });
  }
}

/** What the form of an upload has. */
function uploadIn({ body, query }: Omit<SentRequest, 'upload'>): SentUpload | undefined {
  const text = body ? Buffer.from(body).toString('latin1') : '';
  const found = /filename="([^"]+)".*?\r\n\r\n(.*?)\r\n--/s.exec(text);
  if (!found) return undefined;
  return {
    fileName: found[1]!,
    toList: {
      id: query.get('audienceListId') ?? '',
      type: query.get('uploadType') ?? '',
      rows: found[2]!.split('\n').slice(0, -1),
    },
  };
}

/** A rule of the simulator. */
function ordered({ kind, lyEndpoint: endpoint, nth, count }: LyAdsFault): SimulatorFault {
  const where = { endpoint, nth, count };
  switch (kind) {
    case 'ly_too_many':
      return { kind: 'code', code: '0003', ...where };
    case 'ly_forbidden':
      return { kind: 'code', code: '0098', ...where };
    case 'ly_5xx_before':
      return { kind: 'status', status: 503, when: 'before', ...where };
    case 'ly_5xx_after':
      return { kind: 'status', status: 500, when: 'after', ...where };
    case 'ly_internal_after':
      return { kind: 'code', code: '0002', when: 'after', ...where };
    case 'ly_reset_before':
      return { kind: 'reset', when: 'before', ...where };
    case 'ly_reset_read':
      return { kind: 'reset', when: 'read', ...where };
    case 'ly_reset_after':
      return { kind: 'reset', when: 'after', ...where };
    case 'ly_slow':
      return { kind: 'slow', ms: 25_000, when: 'before', ...where };
    case 'ly_slow_after':
      return { kind: 'slow', ms: 25_000, when: 'after', ...where };
    case 'ly_garbled':
      return { kind: 'garbled', ...where };
    case 'ly_job_failed':
      return { kind: 'job_failed', status: 'FAILED', ...where };
    case 'ly_job_invalid':
      return { kind: 'job_failed', status: 'INVALID_FILE', ...where };
    case 'ly_job_stuck':
      return { kind: 'job_stuck', ...where };
    case 'ly_job_late':
      return { kind: 'job_late', ms: 8_000, ...where };
  }
}

/** The state of the simulator, and how time changes it. */
import type { Clock } from '../shared/clock.ts';
import { Arriving, doneAt } from '../shared/jobs.ts';
import { newId } from '../shared/json-values.ts';
import { type LoggedRequest, RequestLog } from '../shared/request-log.ts';
import type { Account } from './accounts.ts';
import type { Members } from './file/membership.ts';
import { Grants } from './grants.ts';
import { jobStatus, type UploadJob } from './jobs.ts';
import { type AudienceList, durationMs } from './lists.ts';
import type { Settings } from './settings.ts';
import type { Violation } from './violations.ts';

/** An entry of the request log. It has no secret: addresses at the consent and token endpoints are without a query. */
export interface RequestRecord extends LoggedRequest {
  clientId?: string;
  businessId?: string;
  grantType?: string;
  baseAccountId?: string;
  accountId?: string;
  listId?: string;
  fileName?: string;
  uploadType?: string;
  jobId?: string;
  /** The first error code of the answer. */
  code?: string;
}

/** A count of the people that LY knows, for the reach of a list. */
interface Count {
  readonly list: AudienceList;
  readonly at: number;
}

export class State {
  readonly requests = new RequestLog<RequestRecord>();
  readonly violations: Violation[] = [];
  readonly arriving = new Arriving();
  readonly grants: Grants;
  readonly accounts: Map<string, Account>;
  /** Until when each client id is refused after 0003, in virtual time. */
  readonly pausedUntil = new Map<string, number>();
  /** Refresh tokens that were refused once. */
  readonly refusedRefreshTokens = new Set<string>();
  readonly #lists = new Map<string, AudienceList>();
  readonly #jobs: UploadJob[] = [];
  /** Jobs that have not been carried out. */
  #open: UploadJob[] = [];
  #counts: Count[] = [];
  readonly #clock: Clock;
  readonly #settings: Settings;
  #listIds = 0;
  #jobIds = 0;

  constructor(clock: Clock, settings: Settings, accounts: readonly Account[]) {
    this.#clock = clock;
    this.#settings = settings;
    this.grants = new Grants(() => clock.time());
    this.accounts = new Map(accounts.map((account) => [account.id, { ...account }]));
  }

  newListId(): string {
    return newId(this.#settings.listIds, this.#listIds++, 5_001_000_013n);
  }

  /** Longer than any number type. */
  newJobId(): string {
    return String(90_000_000_000_000_000_000n + BigInt(++this.#jobIds));
  }

  /** The current lists of one account or of all, oldest first. */
  lists(accountId?: string): AudienceList[] {
    this.#settle();
    return [...this.#lists.values()].filter((list) => accountId === undefined || list.accountId === accountId);
  }

  list(id: string): AudienceList | undefined {
    this.#settle();
    return this.#lists.get(id);
  }

  /** Who is in a list now. Throws for an unknown id. */
  members(listId: string): Members {
    const list = this.list(listId);
    if (!list) throw new Error(`There is no list ${listId}.`);
    return list.members.at(this.#clock.time(), durationMs(list));
  }

  /** All current uploads, oldest first. */
  jobs(listId?: string): UploadJob[] {
    this.#settle();
    return this.#jobs.filter((job) => listId === undefined || job.listId === listId);
  }

  job(id: string): UploadJob | undefined {
    return this.jobs().find((job) => job.id === id);
  }

  /** Whether an upload to this list is on its way, or RECEIVING. */
  isBusy(listId: string): boolean {
    this.#settle();
    return this.arriving.count(listId) > 0 || this.#open.some((job) => job.listId === listId);
  }

  addList(list: AudienceList): void {
    this.#lists.set(list.id, list);
  }

  addJob(job: UploadJob): void {
    this.#jobs.push(job);
    this.#open.push(job);
  }

  /** Removes the list with its members. Its uploads then have no target. */
  removeList(id: string): void {
    this.#settle();
    this.#lists.delete(id);
    this.#open = this.#open.filter((job) => job.listId !== id);
  }

  renameList(id: string, name: string): void {
    const list = this.list(id);
    if (list) list.name = name;
  }

  /** Sets the list to an ad group, or takes it out again. */
  useList(id: string, inUse: boolean): void {
    const list = this.list(id);
    if (!list) return;
    list.inUse = inUse;
    list.usedAt = this.#clock.time();
  }

  stopConnection(id: string, stopped = true): void {
    const list = this.list(id);
    if (!list) return;
    list.stopped = stopped;
    if (!stopped) list.usedAt = this.#clock.time();
  }

  /** Applies everything that is due, in the order of its times: ended uploads, and counts of reach. */
  #settle(): void {
    const now = this.#clock.time();
    for (;;) {
      const job = earliest(this.#open, doneAt);
      const count = earliest(this.#counts, ({ at }) => at);
      const jobAt = job ? doneAt(job) : Number.POSITIVE_INFINITY;
      const countAt = count?.at ?? Number.POSITIVE_INFINITY;
      if (Math.min(jobAt, countAt) > now) return;
      if (job && jobAt <= countAt) this.#finish(job);
      else if (count) this.#count(count);
    }
  }

  #finish(job: UploadJob): void {
    this.#open = this.#open.filter((other) => other !== job);
    const { batch } = job;
    job.batch = null;
    const list = this.#lists.get(job.listId);
    const at = doneAt(job);
    if (!list || !batch || jobStatus(job, at) !== 'RECEIVED') return;
    const renews = this.#settings.sendingAgain === 'renews';
    list.members.add(batch, job.uploadType, at, { durationMs: durationMs(list), renews }, job.taken);
    if (job.counts) this.#counts.push({ list, at: at + this.#settings.reachMs });
  }

  #count(count: Count): void {
    this.#counts = this.#counts.filter((other) => other !== count);
    const { list, at } = count;
    list.counted = Math.round(list.members.at(at, durationMs(list)).people * this.#settings.matchRate);
  }
}

function earliest<T>(items: readonly T[], timeOf: (item: T) => number): T | undefined {
  let found: T | undefined;
  for (const item of items) if (found === undefined || timeOf(item) < timeOf(found)) found = item;
  return found;
}

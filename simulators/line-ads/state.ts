/** Everything that the simulator remembers, and the passing of time over it. */
import type { Clock } from '../shared/clock.ts';
import { type AdAccount, type LinkAction, type LinkRequest, linkTransitions } from './accounts.ts';
import { type Audience, audienceStatus, estimate, seedAudiences } from './audiences.ts';
import { doneAt, jobStatus, type UploadJob } from './jobs.ts';
import { Membership } from './membership.ts';
import type { Settings } from './settings.ts';
import type { EarlierUpload, Violation } from './violations.ts';

/** One line of the request log: time, method, endpoint and status as LINE asks of its clients, and our findings. */
export interface RequestRecord {
  number: number;
  /** ISO 8601. */
  time: string;
  method: string;
  /** The path without `/api`, with its query. */
  path: string;
  /** Name of the endpoint, or `unknown`. */
  endpoint: string;
  accessKey?: string;
  /** Absent until it was answered, and when the connection was reset or given up. */
  status?: number;
  reason?: string;
  /** Why it was refused, in words. */
  detail?: string;
  adAccountId?: string;
  audienceId?: string;
  fileName?: string;
  action?: string;
  jobId?: string;
  /** Kinds of the faults that it met. */
  faults: string[];
}

/** Requests that are remembered; a simulator may run for weeks. */
const keptRequests = 10_000;

export class State {
  readonly requests: RequestRecord[] = [];
  readonly violations: Violation[] = [];
  readonly adAccounts: Map<string, AdAccount>;
  readonly linkRequests: LinkRequest[] = [];
  readonly #audiences = new Map<string, Audience>();
  readonly #jobs: UploadJob[] = [];
  readonly #clock: Clock;
  readonly #settings: Settings;
  #ids = 0;
  #requests = 0;

  constructor(clock: Clock, settings: Settings, adAccounts: readonly AdAccount[]) {
    this.#clock = clock;
    this.#settings = settings;
    this.adAccounts = new Map(adAccounts.map((account) => [account.id, { ...account }]));
    const [first] = adAccounts;
    for (const audience of first ? seedAudiences(first.id) : []) this.#audiences.set(audience.id, audience);
  }

  /** Begins the record of a request. */
  addRequest(begin: Pick<RequestRecord, 'time' | 'method' | 'path' | 'endpoint'>): RequestRecord {
    this.#requests += 1;
    const record: RequestRecord = { number: this.#requests, ...begin, faults: [] };
    this.requests.push(record);
    if (this.requests.length > keptRequests) this.requests.shift();
    return record;
  }

  /** A fresh 13-digit id, for audiences and jobs alike. */
  newId(): string {
    this.#ids += 1;
    return String(5_343_822_743_475 + 37 * (this.#ids - 1));
  }

  /** The custom audiences as of now, of one ad account or of all, oldest first. */
  audiences(adAccountId?: string): Audience[] {
    this.#settle();
    return [...this.#audiences.values()].filter(
      (one) => adAccountId === undefined || one.adAccountId === adAccountId,
    );
  }

  audience(id: string): Audience | undefined {
    this.#settle();
    return this.#audiences.get(id);
  }

  /** Who is in an audience now. Throws for an unknown id. */
  members(audienceId: string): Membership {
    const audience = this.audience(audienceId);
    if (!audience) throw new Error(`There is no audience ${audienceId}.`);
    return audience.members;
  }

  /** All upload jobs as of now, oldest first. */
  jobs(audienceId?: string): UploadJob[] {
    this.#settle();
    return this.#jobs.filter((job) => audienceId === undefined || job.audienceId === audienceId);
  }

  status(audience: Audience): ReturnType<typeof audienceStatus> {
    return audienceStatus(audience, this.isBusy(audience.id));
  }

  /** Whether an upload job of this audience has not ended. */
  isBusy(audienceId: string): boolean {
    const now = this.#clock.time();
    return this.#jobs.some((job) => job.audienceId === audienceId && now < doneAt(job));
  }

  /** REPLACE uploads to this ad account that are between acceptance and the end of their job. */
  replacing(adAccountId: string): number {
    const now = this.#clock.time();
    return this.#jobs.filter(
      (job) => job.adAccountId === adAccountId && job.action === 'REPLACE' && now < doneAt(job),
    ).length;
  }

  /** Accepted uploads to this ad account, as the rules want to see them. */
  uploads(adAccountId: string): EarlierUpload[] {
    return this.#jobs
      .filter((job) => job.adAccountId === adAccountId)
      .map((job) => ({ ...job, doneAt: doneAt(job) }));
  }

  addAudience(audience: Audience): void {
    this.#audiences.set(audience.id, audience);
  }

  addJob(job: UploadJob): void {
    this.#jobs.push(job);
  }

  /** The audience is gone with its members; its jobs have nothing to fill any more. */
  deleteAudience(id: string): void {
    this.#audiences.delete(id);
    for (const job of this.#jobs) if (job.audienceId === id) job.batch = null;
  }

  /** Moves a link request on, or says no when its state forbids it. */
  moveLink(request: LinkRequest, action: LinkAction, at: number): boolean {
    const { from, to } = linkTransitions[action];
    if (request.status !== from) return false;
    request.status = to;
    request.modified = at;
    const account = this.adAccounts.get(request.targetAdaccountId);
    if (account && (to === 'LINKED' || to === 'UNLINKED')) account.linked = to === 'LINKED';
    return true;
  }

  /** Applies what has come due: ended jobs in the order of their ends, then matching. */
  #settle(): void {
    const now = this.#clock.time();
    const due = this.#jobs
      .filter((job) => job.batch && now >= doneAt(job))
      .sort((a, b) => doneAt(a) - doneAt(b));
    for (const job of due) this.#finish(job, now);
    for (const audience of this.#audiences.values()) {
      if (audience.matchAt !== null && now >= audience.matchAt) this.#match(audience);
    }
  }

  #finish(job: UploadJob, now: number): void {
    const { batch } = job;
    job.batch = null;
    const audience = this.#audiences.get(job.audienceId);
    if (!audience || !batch) return;
    if (jobStatus(job, now) === 'FAILED') {
      // A new audience that never got a member is a failed one; an older one goes on with those it has.
      if (audience.members.size === 0) audience.failedType = job.failedType ?? 'UNKNOWN';
      return;
    }
    if (job.action === 'REPLACE') audience.members = new Membership();
    audience.members.add(batch, job.taken);
    delete audience.failedType;
    audience.matchAt = doneAt(job) + this.#settings.matchMs;
    audience.matchFailedType = job.matchFailedType;
  }

  #match(audience: Audience): void {
    audience.matchAt = null;
    if (audience.matchFailedType !== undefined) {
      audience.failedType = audience.matchFailedType;
      return;
    }
    const { hashedIfa, matchRate } = this.#settings;
    const unknown =
      audience.functionType === 'UPLOAD' && hashedIfa === 'no-match' ? audience.members.digestCount : 0;
    audience.estimatedSize = estimate(audience.members.size - unknown, matchRate);
  }
}

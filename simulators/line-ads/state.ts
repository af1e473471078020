/** The state of the simulator, and how time changes it. */
import type { Clock } from '../shared/clock.ts';
import { doneAt } from '../shared/jobs.ts';
import { type LoggedRequest, RequestLog } from '../shared/request-log.ts';
import { type AdAccount, type LinkAction, type LinkRequest, linkTransitions } from './accounts.ts';
import { type Audience, audienceStatus, estimate, seedAudiences } from './audiences.ts';
import { jobStatus, type UploadJob } from './jobs.ts';
import { Membership } from './membership.ts';
import type { Settings } from './settings.ts';
import type { EarlierUpload, Violation } from './violations.ts';

/**
 * An entry of the request log: time, method, endpoint and status, as LINE asks its clients to log, and our
 * findings.
 */
export interface RequestRecord extends LoggedRequest {
  accessKey?: string;
  reason?: string;
  adAccountId?: string;
  audienceId?: string;
  fileName?: string;
  action?: string;
  jobId?: string;
}

export class State {
  readonly requests = new RequestLog<RequestRecord>();
  readonly violations: Violation[] = [];
  readonly adAccounts: Map<string, AdAccount>;
  readonly linkRequests: LinkRequest[] = [];
  readonly #audiences = new Map<string, Audience>();
  readonly #jobs: UploadJob[] = [];
  /** When each revoked access key is given back. */
  readonly #revoked = new Map<string, number>();
  readonly #clock: Clock;
  readonly #settings: Settings;
  #ids = 0;

  constructor(clock: Clock, settings: Settings, adAccounts: readonly AdAccount[]) {
    this.#clock = clock;
    this.#settings = settings;
    this.adAccounts = new Map(adAccounts.map((account) => [account.id, { ...account }]));
    const [first] = adAccounts;
    for (const audience of first ? seedAudiences(first.id) : []) this.#audiences.set(audience.id, audience);
  }

  /** A new id of 13 digits, for audiences and jobs. */
  newId(): string {
    this.#ids += 1;
    return String(5_343_822_743_475 + 37 * (this.#ids - 1));
  }

  /** The current custom audiences of one ad account or of all, oldest first. */
  audiences(adAccountId?: string): Audience[] {
    this.#settle();
    return [...this.#audiences.values()].filter(
      (audience) => adAccountId === undefined || audience.adAccountId === adAccountId,
    );
  }

  audience(id: string): Audience | undefined {
    this.#settle();
    return this.#audiences.get(id);
  }

  /** The current members of an audience. Throws for an unknown id. */
  members(audienceId: string): Membership {
    const audience = this.audience(audienceId);
    if (!audience) throw new Error(`There is no audience ${audienceId}.`);
    return audience.members;
  }

  /** All current upload jobs, oldest first. */
  jobs(audienceId?: string): UploadJob[] {
    this.#settle();
    return this.#jobs.filter((job) => audienceId === undefined || job.audienceId === audienceId);
  }

  status(audience: Audience): ReturnType<typeof audienceStatus> {
    return audienceStatus(audience, this.isBusy(audience.id));
  }

  /** Whether this audience has an unfinished upload job. */
  isBusy(audienceId: string): boolean {
    const now = this.#clock.time();
    return this.#jobs.some((job) => job.audienceId === audienceId && now < doneAt(job));
  }

  /** How many accepted REPLACE uploads of this ad account have unfinished jobs. */
  replacing(adAccountId: string): number {
    const now = this.#clock.time();
    return this.#jobs.filter((job) => job.adAccountId === adAccountId && job.action === 'REPLACE' && now < doneAt(job))
      .length;
  }

  /** The accepted uploads to this ad account, in the form that the rules need. */
  uploads(adAccountId: string): EarlierUpload[] {
    return this.#jobs
      .filter((job) => job.adAccountId === adAccountId)
      .map((job) => {
        const { audienceId, fileName, action, failed } = job;
        return { audienceId, fileName, action, failed, doneAt: doneAt(job) };
      });
  }

  addAudience(audience: Audience): void {
    this.#audiences.set(audience.id, audience);
  }

  addJob(job: UploadJob): void {
    this.#jobs.push(job);
  }

  /** Deletes the audience with its members. Its jobs then have no target. */
  deleteAudience(id: string): void {
    this.#audiences.delete(id);
    for (const job of this.#jobs) if (job.audienceId === id) job.batch = null;
  }

  renameAudience(id: string, name: string): void {
    const audience = this.#audiences.get(id);
    if (audience) audience.name = name;
  }

  /** Revokes an access key until this virtual time, or for good. 0 gives it back. */
  revokeKey(accessKey: string, until: number): void {
    this.#revoked.set(accessKey, until);
  }

  isRevoked(accessKey: string): boolean {
    const until = this.#revoked.get(accessKey);
    return until !== undefined && this.#clock.time() < until;
  }

  /** Changes the state of a link request. False when its state does not allow it. */
  moveLink(request: LinkRequest, action: LinkAction, at: number): boolean {
    const { from, to } = linkTransitions[action];
    if (request.status !== from) return false;
    request.status = to;
    request.modified = at;
    const account = this.adAccounts.get(request.targetAdaccountId);
    if (account && (to === 'LINKED' || to === 'UNLINKED')) account.linked = to === 'LINKED';
    return true;
  }

  /** Applies everything that is due: ended jobs in the order of their ends, then matching. */
  #settle(): void {
    const now = this.#clock.time();
    const due = this.#jobs.filter((job) => job.batch && now >= doneAt(job)).sort((a, b) => doneAt(a) - doneAt(b));
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
      // A new audience without any member has failed. An older one keeps its members.
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
    const unknown = audience.functionType === 'UPLOAD' && hashedIfa === 'no-match' ? audience.members.digestCount : 0;
    audience.estimatedSize = estimate(audience.members.size - unknown, matchRate);
  }
}

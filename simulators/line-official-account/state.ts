/** The state of the simulator, and how time changes it. */
import type { Clock } from '../shared/clock.ts';
import { Arriving, doneAt } from '../shared/jobs.ts';
import { newId } from '../shared/json-values.ts';
import { type LoggedRequest, RequestLog } from '../shared/request-log.ts';
import { type Audience, goneAt, type Status, statusOf } from './audiences.ts';
import { type Channel, type GivenChannel, newChannel } from './channels.ts';
import { jobStatus, type UploadJob } from './jobs.ts';
import type { Membership } from './membership.ts';
import type { Settings } from './settings.ts';
import { Tokens } from './tokens.ts';
import type { Violation } from './violations.ts';

/** An entry of the request log. It has no secret. */
export interface RequestRecord extends LoggedRequest {
  channelId?: string;
  audienceId?: string;
  /** The `uploadDescription`. */
  fileName?: string;
  jobId?: string;
  /** The code of the answer. */
  code?: string;
}

export class State {
  readonly requests = new RequestLog<RequestRecord>();
  readonly violations: Violation[] = [];
  readonly arriving = new Arriving();
  readonly tokens: Tokens;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly #audiences = new Map<string, Audience>();
  readonly #jobs: UploadJob[] = [];
  /** Jobs that have not been carried out. */
  #open: UploadJob[] = [];
  readonly #clock: Clock;
  readonly #settings: Settings;
  #audienceIds = 0;
  #jobIds = 0;

  constructor(clock: Clock, settings: Settings, channels: readonly GivenChannel[]) {
    this.#clock = clock;
    this.#settings = settings;
    this.tokens = new Tokens(() => clock.time());
    this.channels = new Map(channels.map((given) => [given.channelId, newChannel(given)]));
  }

  newAudienceId(): string {
    return newId(this.#settings.audienceIds, this.#audienceIds++, 4_389_303_728_991n);
  }

  newJobId(): string {
    this.#jobIds += 1;
    return String(12_345_678 + 7 * (this.#jobIds - 1));
  }

  /** The current audiences of one bot or of all, oldest first. */
  audiences(bot?: string): Audience[] {
    this.#settle();
    return [...this.#audiences.values()].filter((audience) => bot === undefined || audience.bot === bot);
  }

  audience(id: string): Audience | undefined {
    this.#settle();
    return this.#audiences.get(id);
  }

  /** How many audiences a channel has. Those that are EXPIRED count until they are deleted. */
  countOf(channelId: string): number {
    return this.audiences().filter((audience) => audience.channelId === channelId).length;
  }

  status(audience: Audience): Status {
    return statusOf(audience, this.#clock.time(), this.openUploads(audience.id) > 0, this.#settings);
  }

  /** The current members of an audience. Throws for an unknown id. */
  members(audienceId: string): Membership {
    const audience = this.audience(audienceId);
    if (!audience) throw new Error(`There is no audience ${audienceId}.`);
    return audience.members;
  }

  /** All current uploads, oldest first. */
  jobs(audienceId?: string): UploadJob[] {
    this.#settle();
    return this.#jobs.filter((job) => audienceId === undefined || job.audienceId === audienceId);
  }

  job(id: string): UploadJob | undefined {
    return this.jobs().find((job) => job.id === id);
  }

  /** How many uploads to this audience are QUEUED or WORKING. */
  openUploads(audienceId: string): number {
    this.#settle();
    return this.#open.filter((job) => job.audienceId === audienceId).length;
  }

  addAudience(audience: Audience): void {
    this.#audiences.set(audience.id, audience);
  }

  addJob(job: UploadJob): void {
    this.#jobs.push(job);
    this.#open.push(job);
  }

  /** Deletes the audience with its members. Its uploads then have no target. */
  deleteAudience(id: string): void {
    this.#settle();
    this.#audiences.delete(id);
    this.#open = this.#open.filter((job) => job.audienceId !== id);
  }

  renameAudience(id: string, name: string): void {
    const audience = this.audience(id);
    if (audience) audience.name = name;
  }

  /** @param status null: the status that it has by itself */
  forceStatus(id: string, status: Status | null): void {
    const audience = this.audience(id);
    if (audience) audience.forced = status;
  }

  /** Applies everything that is due: ended uploads in the order of their ends, then audiences that LINE deletes. */
  #settle(): void {
    const now = this.#clock.time();
    const due = this.#open.filter((job) => now >= doneAt(job)).sort((a, b) => doneAt(a) - doneAt(b));
    if (due.length > 0) this.#open = this.#open.filter((job) => now < doneAt(job));
    for (const job of due) this.#finish(job);
    for (const audience of this.#audiences.values())
      if (now >= goneAt(audience, this.#settings)) this.#audiences.delete(audience.id);
  }

  #finish(job: UploadJob): void {
    const { ids } = job;
    job.ids = null;
    const audience = this.#audiences.get(job.audienceId);
    if (!audience || !ids) return;
    const at = doneAt(job);
    if (jobStatus(job, at) === 'FAILED') {
      // A new audience without any member has failed. An older one keeps its members.
      if (audience.members.size === 0) audience.failedType = job.failedType;
      return;
    }
    const { jobCount, agreedRate, readyMs } = this.#settings;
    const added = audience.members.add(ids, job.taken);
    job.count = Math.round((jobCount === 'new' ? added : Math.min(ids.count, job.taken)) * agreedRate);
    audience.failedType = null;
    audience.readyAt = at + readyMs;
    audience.firstReadyAt ??= audience.readyAt;
  }
}

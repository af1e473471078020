/**
 * What audiences of LINE Official Account hold, and what is sent to them. Members are only added, so an audience is
 * never half replaced: whoever was in the newest finished scan is in it. Nobody is in it whom no run has sent, and
 * nobody is sent who was on a suppression list as the run has read it. Nothing is sent that is no id of the right kind.
 * A job makes one audience, and one upload at a time of ours goes to each. A run that counts as whole has arrived.
 */
import { jobStatus, type UploadJob } from '../../simulators/line-official-account/jobs.ts';
import type { Violation } from '../../simulators/line-official-account/violations.ts';
import { doneAt } from '../../simulators/shared/jobs.ts';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { atLineOf, deliveriesOf, deliveryOf, type RunState } from '../../src/domain/runs/run-state.ts';
import type { OfficialAccountSide } from '../world/destinations/official-account.ts';
import type { SentRequest, SentToGroup } from '../world/destinations/side.ts';
import type { JobPlan } from '../world/plan.ts';
import { checkRules } from './alerts.ts';
import { type AtDestination, checkSender, type SenderOptions, type SentChunk } from './at-destination.ts';
import type { KnownRun, Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

export interface OfficialAccountOptions extends SenderOptions {
  readonly side: OfficialAccountSide;
  /** Wall time. */
  readonly wall: () => number;
  readonly step: () => number;
  readonly jobs: () => readonly StoredJob[];
  readonly planOf: (run: KnownRun) => JobPlan;
  /** For each delivery of the run, the lines that the list which it has read last keeps out. */
  readonly leftOutOf: (run: KnownRun) => readonly ReadonlySet<string>[];
}

/** An audience that a run has made. */
interface Made {
  readonly runId: string;
  readonly delivery: number;
  /** The audience whose place it takes. */
  readonly renews: string | undefined;
}

const USER_ID = /^U[0-9a-f]{32}$/;
const ADVERTISING_ID = /^[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}$/;
const LIFE_MS = 180 * 86_400_000;
/** LINE shows so many uploads to an audience. */
const SHOWN = 50;
/** An audience is renewed so long before its end at most: that of a job that runs every month, two slots before. */
const EARLIEST_RENEWAL_MS = 64 * 86_400_000;

export class OfficialAccountInvariants implements AtDestination {
  readonly #options: OfficialAccountOptions;
  /** Who was in each audience before. */
  readonly #initial = new Map<string, ReadonlySet<string>>();
  readonly #made = new Map<string, Made>();
  /** The suppression lists as the staged lines of each run heed them. */
  readonly #leftOut = new Map<string, readonly ReadonlySet<string>[]>();
  readonly #createdAt = new Map<string, number>();
  /** The steps at which runs had staged everything. They look for room after that. */
  readonly #stagedAt = new Map<string, number>();
  #jobs = 0;
  #violations = 0;
  #checked = '';

  constructor(options: OfficialAccountOptions) {
    this.#options = options;
    for (const { id, members, createdAt } of options.side.world.state.audiences()) {
      this.#initial.set(id, new Set(members));
      this.#createdAt.set(id, createdAt);
    }
  }

  onSend(request: SentRequest): void {
    if (request.method === 'DELETE')
      throw new ViolationError('deleted', 'an audience is deleted, which nobody has asked for');
    const { upload } = request;
    const sent = upload && chunkOf(upload.fileName);
    if (!upload?.toGroup || !sent) return;
    const { runs, planOf } = this.#options;
    const run = checkSender(this.#options, request, sent);
    // No audience is touched unless the rules pass all of them.
    for (const delivery of deliveriesOf(run.state)) {
      if (delivery.delivery === sent.delivery || atLineOf(delivery) === 'nothing')
        checkRules(runs, planOf(run).alerts, run, delivery);
    }
    this.#checkFile(run, sent, upload.toGroup);
  }

  #checkFile(run: KnownRun, { delivery, chunk }: SentChunk, { id, name, isIfa, lines }: SentToGroup): void {
    const state = deliveryOf(run.state, delivery);
    const { identifierType } = state.request;
    const form = identifierType === 'ifa' ? ADVERTISING_ID : USER_ID;
    if (!lines.every((line) => form.test(line)))
      throw new ViolationError('malformed_id', `run ${run.id} sends a line that is no ${identifierType}`);
    const leftOut = this.#leftOut.get(run.id)?.[delivery - 1];
    if (leftOut && lines.some((line) => leftOut.has(inSmallLetters(line))))
      throw new ViolationError('suppressed', `run ${run.id} sends somebody who was on the list that it read`);
    const staged = chunkIn(this.#options.runs, { runId: run.id, delivery, chunk }) ?? [];
    if (lines.length !== staged.length || lines.some((line, n) => line !== staged[n]))
      throw new ViolationError('membership', `run ${run.id} sends other lines than it has staged`);
    if (state.audienceId !== (id ?? null))
      throw new ViolationError('membership', `run ${run.id} sends to audience ${id} instead of ${state.audienceId}`);
    if (id !== undefined) return;
    if (name !== state.audienceName || isIfa !== String(identifierType === 'ifa'))
      throw new ViolationError('membership', `run ${run.id} makes an audience with another name or kind`);
  }

  onEvent(runId: string, event: RunEvent): void {
    const run = this.#options.runs.all.get(runId)!;
    if (event.type === 'staged') {
      this.#leftOut.set(runId, this.#options.leftOutOf(run));
      this.#stagedAt.set(runId, this.#options.step());
    }
    if (event.type === 'accepted') this.#onAccepted(run, event);
    if (event.type === 'ended' && event.status === 'succeeded') this.#onSucceeded(run);
  }

  /** A journal says that LINE has taken an upload. */
  #onAccepted(run: KnownRun, { delivery = 1, chunk, audienceId }: Extract<RunEvent, { type: 'accepted' }>): void {
    const { failedJobIds = [] } = deliveryOf(run.state, delivery).chunks.get(chunk) ?? {};
    const isAccepted = this.#uploadsOf(run.id).some(
      ({ job, sent }) =>
        sent.delivery === delivery &&
        sent.chunk === chunk &&
        job.audienceId === audienceId &&
        !failedJobIds.includes(job.id),
    );
    if (isAccepted) return;
    throw new ViolationError(
      'journal',
      `run ${run.id} says that LINE has taken upload ${delivery}-${chunk} to ${audienceId}, and it has not`,
    );
  }

  /** A run counts as whole. */
  #onSucceeded(run: KnownRun): void {
    const { side, wall } = this.#options;
    const finished = this.#uploadsOf(run.id).filter(({ job }) => jobStatus(job, wall()) === 'FINISHED');
    for (const { delivery, staged, audienceId } of deliveriesOf(run.state)) {
      for (const { index } of staged?.chunks ?? []) {
        if (finished.some(({ sent }) => sent.delivery === delivery && sent.chunk === index)) continue;
        // Its uploads have gone with it.
        if (!side.world.state.audience(audienceId ?? '')) continue;
        throw new ViolationError(
          'incomplete',
          `run ${run.id} has succeeded, and LINE has not taken in its upload ${delivery}-${index}`,
        );
      }
    }
  }

  /** The uploads of a run that LINE has taken. */
  #uploadsOf(runId: string): { readonly job: UploadJob; readonly sent: SentChunk }[] {
    return this.#options.side.world.state.jobs().flatMap((job) => {
      const sent = chunkOf(job.description ?? '');
      return sent?.runId === runId ? [{ job, sent }] : [];
    });
  }

  check(): void {
    const { side, wall, runs } = this.#options;
    const { state } = side.world;
    const mistake = state.violations.slice(this.#violations).find((violation) => this.#isMistake(violation));
    this.#violations = state.violations.length;
    if (mistake) throw new ViolationError(mistake.code, `LINE saw ${mistake.code}: ${mistake.message}`);
    const jobs = state.jobs();
    for (const job of jobs.slice(this.#jobs)) this.#onUpload(job);
    this.#jobs = jobs.length;
    this.#checkSuccessors();
    const now = wall();
    // Members change when an upload has ended, or when another scan is the newest one.
    const ended = jobs.reduce((count, job) => count + (now >= doneAt(job) ? 1 : 0), 0);
    const succeeded = [...runs.all.values()].filter((run) => run.state.status === 'succeeded').length;
    const seen = `${ended} ${succeeded}`;
    if (seen === this.#checked) return;
    this.#checked = seen;
    for (const id of this.#ownIds()) this.#checkMembers(id);
  }

  /** What LINE calls a mistake is one, unless somebody else has caused it. */
  #isMistake({ code, request }: Violation): boolean {
    const { side } = this.#options;
    if (code === 'unknown_id' && (side.hasDeleted || this.#isOld(request))) return false;
    if (code === 'expired_upload' && (side.expired.size > 0 || this.#isOld(request))) return false;
    if (code === 'too_many_audiences') return this.#hadNoRoom(request);
    if (code === 'overlapping_upload' || code === 'repeated_upload') return this.#isSecondOfOurs(request, code);
    return true;
  }

  /** Whether LINE has ended the audience of a request because of its age, and perhaps deleted it. */
  #isOld(request: number): boolean {
    const createdAt = this.#createdAt.get(this.#recordOf(request)?.audienceId ?? '');
    return createdAt !== undefined && createdAt + LIFE_MS <= this.#options.wall();
  }

  #recordOf(request: number) {
    return this.#options.side.world.state.requests.kept.find(({ number }) => number === request);
  }

  /** Whether the run that wanted an audience could know that the channel has as many as LINE allows. */
  #hadNoRoom(request: number): boolean {
    const { side } = this.#options;
    const { channelId = '', fileName = '' } = this.#recordOf(request) ?? {};
    const stagedAt = this.#stagedAt.get(chunkOf(fileName)?.runId ?? '');
    const fullSince = side.fullSince.get(channelId);
    return stagedAt !== undefined && fullSince !== undefined && fullSince < stagedAt;
  }

  /**
   * Whether LINE has shown the other upload, which is one of ours. Others may send to our audience, too, and so many
   * that LINE does not show ours any more.
   */
  #isSecondOfOurs(request: number, code: Violation['code']): boolean {
    const { side, wall } = this.#options;
    const { state } = side.world;
    const own = state.jobs().find((job) => job.request === request);
    if (!own) return true;
    const before = state.jobs(own.audienceId).filter((job) => job !== own && job.acceptedAt <= own.acceptedAt);
    return before.slice(-SHOWN).some((job) => {
      if (chunkOf(job.description ?? '') === undefined) return false;
      return code === 'overlapping_upload' ? wall() < doneAt(job) : job.description === own.description;
    });
  }

  /** LINE has taken an upload. */
  #onUpload({ audienceId, description }: UploadJob): void {
    const sent = chunkOf(description ?? '');
    if (!sent) return;
    if (!this.#initial.has(audienceId) && !this.#made.has(audienceId)) this.#onMade(audienceId, sent);
  }

  #onMade(audienceId: string, { runId, delivery }: SentChunk): void {
    const run = this.#options.runs.all.get(runId);
    const renews = run && deliveryOf(run.state, delivery).renews?.audienceId;
    this.#made.set(audienceId, { runId, delivery, renews });
    this.#createdAt.set(audienceId, this.#options.wall());
    if (renews !== undefined) this.#checkEnds(renews, runId);
    const job = this.#jobOf(runId);
    for (const made of this.madeBy(job ?? '').values())
      if (made.length > 1)
        throw new ViolationError('two_audiences', `job ${job} has made the audiences ${made.join(' and ')}`);
  }

  /** An audience is renewed only when it ends. */
  #checkEnds(audienceId: string, runId: string): void {
    const { side, wall } = this.#options;
    const { world, expired } = side;
    const audience = world.state.audience(audienceId);
    if (!audience || expired.has(audienceId) || audience.createdAt + LIFE_MS < wall() + EARLIEST_RENEWAL_MS) return;
    throw new ViolationError('renewal', `run ${runId} renews audience ${audienceId} long before its end`);
  }

  /** A job fills a successor when a run has filled it whole. */
  #checkSuccessors(): void {
    const filled = new Set<string | null>();
    for (const { state } of this.#options.runs.all.values())
      if (state.status === 'succeeded') for (const { audienceId } of deliveriesOf(state)) filled.add(audienceId);
    for (const { id, audienceId, siblingAudienceIds } of this.#options.jobs()) {
      for (const successor of [audienceId, ...siblingAudienceIds]) {
        if (this.#made.get(successor ?? '')?.renews === undefined || filled.has(successor)) continue;
        throw new ViolationError('renewal', `job ${id} names audience ${successor} before a run has filled it`);
      }
    }
  }

  #jobOf = (runId: string): string | null | undefined => this.#options.runs.all.get(runId)?.jobId;

  /** The audiences that LINE still has. */
  #madeIn(isWanted: (made: Made) => boolean): string[] {
    const { state } = this.#options.side.world;
    return [...this.#made].flatMap(([id, made]) => (isWanted(made) && state.audience(id) ? [id] : []));
  }

  /** The audiences of jobs: those that were there before, and those that they have made. */
  #ownIds(): string[] {
    const { state } = this.#options.side.world;
    return [...this.#initial.keys(), ...this.#made.keys()].filter((id) => state.audience(id));
  }

  #checkMembers(audienceId: string): void {
    const { side, runs } = this.#options;
    const members = side.world.state.members(audienceId);
    const known = new Set(this.#initial.get(audienceId));
    // A run knows its new audience only from the answer.
    for (const { description } of side.world.state.jobs(audienceId)) {
      const sent = chunkOf(description ?? '');
      for (const line of (sent && chunkIn(runs, sent)) ?? []) known.add(inSmallLetters(line));
    }
    for (const member of members)
      if (!known.has(member))
        throw new ViolationError('membership', `audience ${audienceId} holds somebody whom no run has sent`);
    for (const run of runs.all.values()) {
      if (run.state.status !== 'succeeded') continue;
      for (const { delivery } of deliveriesTo(run, audienceId)) {
        const missing = linesOf(run, delivery).filter((line) => !members.has(line)).length;
        if (missing > 0)
          throw new ViolationError(
            'membership',
            `audience ${audienceId} lacks ${missing} members of run ${run.id}, which has succeeded`,
          );
      }
    }
  }

  /** An upload that is missing, also when a later one of the same run has arrived. */
  partsOf({ id, audienceId, siblingAudienceIds }: StoredJob): Pick<SentChunk, 'runId' | 'delivery'>[] {
    const audiences = [audienceId, ...siblingAudienceIds];
    const own = [...this.#options.runs.all.values()].filter(({ jobId }) => jobId === id);
    return own
      .flatMap((run) => {
        if (run.state.status === 'running' || atLineOf(run.state) !== 'part') return [];
        return deliveriesOf(run.state).filter((delivery) => {
          const { audienceId: audience, lastWriteAt } = delivery;
          if (atLineOf(delivery) === 'whole' || audience === null || !audiences.includes(audience)) return false;
          const since = lastWriteAt ?? run.state.startedAt;
          return !own.some((later) => later !== run && lastWriteTo(later, audience) > since);
        });
      })
      .map(({ runId, delivery }) => ({ runId, delivery }));
  }

  /** One that has ended is no second one: a person may choose the audience before it again. */
  madeBy(jobId: string): Map<string, string[]> {
    const { expired } = this.#options.side;
    const ids = this.#madeIn(({ runId }) => this.#jobOf(runId) === jobId).filter((id) => !expired.has(id));
    return Map.groupBy(ids, (id) => {
      const { delivery, renews = 'none' } = this.#made.get(id)!;
      return `${delivery} ${renews}`;
    });
  }

  differenceOf(
    { audienceId, siblingAudienceIds }: Pick<StoredJob, 'audienceId' | 'siblingAudienceIds'>,
    wanted: readonly string[][],
  ): string | undefined {
    if (wanted.some((lines) => lines.length === 0)) return undefined;
    const { state } = this.#options.side.world;
    for (const [n, id] of [audienceId, ...siblingAudienceIds].entries()) {
      const members = id !== null && state.audience(id) ? state.members(id) : undefined;
      const lines = wanted[n]!;
      if (!members || !lines.every((line) => members.has(line)))
        return `LINE holds ${members?.size ?? 'no audience'} instead of the ${lines.length} members of audience ${n + 1}`;
    }
    return undefined;
  }
}

/** What the name of a file says, as `uploadName` makes it. */
function chunkOf(fileName: string): SentChunk | undefined {
  const [, runId, delivery = '1', chunk] =
    /^lineup-(\d{8}-\d{6}-[a-z2-9]{6})(?:-(\d+))?-(\d+)\.txt$/.exec(fileName) ?? [];
  return runId === undefined ? undefined : { runId, delivery: Number(delivery), chunk: Number(chunk) };
}

const chunkIn = (runs: Runs, { runId, delivery, chunk }: SentChunk): readonly string[] | undefined =>
  runs.all.get(runId)?.chunks[delivery - 1]?.[chunk - 1];

const deliveriesTo = (run: KnownRun, audienceId: string): RunState[] =>
  deliveriesOf(run.state).filter((state) => state.audienceId === audienceId && state.lastWriteAt !== null);

/** Advertising ids are compared without case. */
const inSmallLetters = (line: string): string => (USER_ID.test(line) ? line : line.toLowerCase());

const linesOf = (run: KnownRun, delivery: number): readonly string[] =>
  (run.chunks[delivery - 1]?.flat() ?? []).map(inSmallLetters);

const lastWriteTo = (run: KnownRun, audienceId: string): string =>
  deliveriesTo(run, audienceId).reduce(
    (last, { lastWriteAt }) => ((lastWriteAt ?? '') > last ? lastWriteAt! : last),
    '',
  );

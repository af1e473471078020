/**
 * What lists of LY Ads hold, and what is sent to them. Members leave by their age alone, so a list is never half
 * replaced: whoever was in the newest finished scan is in it for the days of the job. Nobody is in it whom no run has
 * sent, and nobody is sent who was on a suppression list as the run has read it. A job makes one list. Every upload
 * that a run counts as received is one of its own.
 */
import { jobStatus, type UploadJob } from '../../simulators/ly-ads/jobs.ts';
import type { Violation } from '../../simulators/ly-ads/violations.ts';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { atLineOf, deliveriesOf, deliveryOf, jobIdsIn, type RunState } from '../../src/domain/runs/run-state.ts';
import type { LyAdsSide } from '../world/destinations/ly-ads.ts';
import type { SentRequest, SentUpload } from '../world/destinations/side.ts';
import type { JobPlan } from '../world/plan.ts';
import { checkRules } from './alerts.ts';
import { type AtDestination, checkSender, type SenderOptions, type SentChunk } from './at-destination.ts';
import type { KnownRun } from './runs.ts';
import { ViolationError } from './violation.ts';

export interface LyAdsOptions extends SenderOptions {
  readonly side: LyAdsSide;
  /** Wall time. */
  readonly wall: () => number;
  /** Until when, in machine time, a process may not have got an answer of the database, or stood still. */
  readonly disturbedUntil: () => number;
  readonly planOf: (run: KnownRun) => JobPlan;
  /** For each delivery of the run, the lines that the list which it has read last keeps out. */
  readonly leftOutOf: (run: KnownRun) => readonly ReadonlySet<string>[];
}

/** A list that a run has asked for. */
interface Made {
  readonly runId: string;
  readonly delivery: number;
}

const DAY_MS = 86_400_000;
const FEWEST_ROWS = 100;
/** A hash in small letters, or an advertising id. */
const ROW = /^(?:[0-9a-f]{64}|[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12})$/;

const uploadTypes = { idfa: 'IDFA', aaid: 'AAID' } as const;

export class LyAdsInvariants implements AtDestination {
  readonly #options: LyAdsOptions;
  /** Who was in each list before. */
  readonly #initial = new Map<string, ReadonlySet<string>>();
  /** The requests for new lists that are on their way. */
  #asked: (Made & { readonly account: string; readonly name: string; readonly body: unknown })[] = [];
  readonly #made = new Map<string, Made>();
  /** The suppression lists as the staged lines of each run heed them. */
  readonly #leftOut = new Map<string, readonly ReadonlySet<string>[]>();
  #violations = 0;
  #checked = '';

  constructor(options: LyAdsOptions) {
    this.#options = options;
    const { state } = options.side.world;
    for (const { id } of state.lists()) this.#initial.set(id, new Set(state.members(id)));
    options.side.onEnd = (body, listId) => {
      const asked = this.#asked.find((request) => request.body === body);
      if (asked && listId !== undefined) this.#made.set(listId, asked);
      this.#asked = this.#asked.filter((request) => request !== asked);
    };
  }

  onSend(request: SentRequest): void {
    if (request.path.endsWith('/AudienceListService/add')) this.#onAdd(request);
    const { upload } = request;
    const sent = upload && chunkOf(upload.fileName);
    if (!upload?.toList || !sent) return;
    const run = checkSender(this.#options, request, sent);
    this.#checkAllRules(run, sent.delivery);
    this.#checkFile(run, sent, upload.toList);
  }

  /** A request for a new list. */
  #onAdd(request: SentRequest): void {
    const { accountId, operand } = JSON.parse(Buffer.from(request.body ?? '').toString('utf8')) as AddRequest;
    const { audienceListName: name, audienceListContent: content } = operand[0]!;
    const asking = [...this.#options.runs.all.values()].flatMap((run) =>
      this.#options.holds(request.process.name, run.id) ? this.#askingIn(run, String(accountId), name) : [],
    );
    const [asked] = asking;
    if (!asked) throw new ViolationError('journal', `a list “${name}” is asked for, and no journal has an open intent`);
    const run = this.#options.runs.all.get(asked.runId)!;
    checkSender(this.#options, request, { ...asked, chunk: 1 });
    this.#checkAllRules(run, asked.delivery);
    const { memberDays } = this.#options.planOf(run);
    const { dataDuration } = content.customerDataAudienceList;
    if (memberDays !== undefined && dataDuration !== memberDays)
      throw new ViolationError(
        'duration',
        `run ${run.id} asks for a list whose members leave after ${dataDuration} days, and not after ${memberDays}`,
      );
    this.#asked.push({ ...asked, account: String(accountId), name, body: request.body });
  }

  #askingIn(run: KnownRun, account: string, name: string): Made[] {
    if (run.state.request.adAccountId !== account) return [];
    return deliveriesOf(run.state)
      .filter(({ audienceId, audienceName, chunks }) => {
        return audienceId === null && audienceName === name && chunks.get(1)?.phase === 'unsettled';
      })
      .map(({ delivery }) => ({ runId: run.id, delivery }));
  }

  /** No list is made or touched unless the rules pass all of them. */
  #checkAllRules(run: KnownRun, sent: number): void {
    const { runs, planOf } = this.#options;
    for (const delivery of deliveriesOf(run.state)) {
      if (delivery.delivery === sent || atLineOf(delivery) === 'nothing')
        checkRules(runs, planOf(run).alerts, run, delivery);
    }
  }

  #checkFile(
    run: KnownRun,
    { delivery, chunk }: SentChunk,
    { id, type, rows }: NonNullable<SentUpload['toList']>,
  ): void {
    const state = deliveryOf(run.state, delivery);
    const { heading, identifierType } = state.request;
    const [first, ...rest] = rows;
    const lines = heading === undefined ? rows : rest;
    if (heading !== undefined && first !== heading)
      throw new ViolationError('heading', `run ${run.id} sends a file that does not begin with ${heading}`);
    if (lines.length < FEWEST_ROWS)
      throw new ViolationError('too_few_rows', `run ${run.id} sends a file with ${lines.length} rows`);
    if (!lines.every((line) => ROW.test(line)))
      throw new ViolationError('raw_value', `run ${run.id} sends what is neither a hash nor an advertising id`);
    const leftOut = this.#leftOut.get(run.id)?.[delivery - 1];
    if (leftOut && lines.some((line) => leftOut.has(inSmallLetters(line))))
      throw new ViolationError('suppressed', `run ${run.id} sends somebody who was on the list that it read`);
    const staged = run.chunks[delivery - 1]?.[chunk - 1] ?? [];
    if (lines.length !== staged.length || lines.some((line, n) => line !== staged[n]))
      throw new ViolationError('membership', `run ${run.id} sends other rows than it has staged`);
    if (state.audienceId !== id)
      throw new ViolationError('membership', `run ${run.id} sends to list ${id} instead of ${state.audienceId}`);
    const wanted =
      identifierType === 'ifa'
        ? uploadTypes[this.#options.planOf(run).ifaKind ?? 'idfa']
        : 'MAIL_ADDRESS_AND_PHONE_NUMBER';
    if (type !== wanted) throw new ViolationError('membership', `run ${run.id} sends ${wanted} as ${type}`);
  }

  onEvent(runId: string, event: RunEvent): void {
    const run = this.#options.runs.all.get(runId)!;
    switch (event.type) {
      case 'staged':
        this.#leftOut.set(runId, this.#options.leftOutOf(run));
        return;
      case 'created':
        this.#onCreated(runId, event);
        return;
      case 'accepted':
        this.#onAccepted(run, event);
        return;
      case 'ended':
        if (event.status === 'succeeded') this.#onSucceeded(run);
    }
  }

  /** A journal says that a list is its own. */
  #onCreated(runId: string, { audienceId, delivery = 1 }: Extract<RunEvent, { type: 'created' }>): void {
    this.#findMade();
    const made = this.#made.get(audienceId);
    // An earlier run of the job may have made it, whose answer was lost.
    if (made && this.#jobOf(made.runId) === this.#jobOf(runId) && made.delivery === delivery) return;
    throw new ViolationError('journal', `run ${runId} says that it has made list ${audienceId}, and it has not`);
  }

  /** A journal says that LY has taken an upload. */
  #onAccepted(run: KnownRun, { delivery = 1, chunk, uploadJobId }: Extract<RunEvent, { type: 'accepted' }>): void {
    const job = this.#options.side.world.state.job(uploadJobId ?? '');
    const sent = job && chunkOf(job.fileName);
    const isOwn = sent?.runId === run.id && sent.delivery === delivery && sent.chunk === chunk;
    const { failedJobIds = [] } = deliveryOf(run.state, delivery).chunks.get(chunk) ?? {};
    if (isOwn && !failedJobIds.includes(job!.id)) return;
    throw new ViolationError(
      'journal',
      `run ${run.id} says that LY has taken upload ${delivery}-${chunk} as job ${uploadJobId}, which is ${job ? `of ${job.fileName}` : 'none'}`,
    );
  }

  /** A run counts as whole. */
  #onSucceeded(run: KnownRun): void {
    for (const { delivery, staged, audienceId } of deliveriesOf(run.state)) {
      for (const { index } of staged?.chunks ?? []) {
        if (this.#receivedOf(run.id).some(({ sent }) => sent.delivery === delivery && sent.chunk === index)) continue;
        if (!this.#options.side.world.state.list(audienceId ?? '')) continue;
        throw new ViolationError(
          'incomplete',
          `run ${run.id} has succeeded, and LY has not received its upload ${delivery}-${index}`,
        );
      }
    }
  }

  /** The uploads of a run that LY has received. */
  #receivedOf(runId: string): { readonly job: UploadJob; readonly sent: SentChunk }[] {
    const now = this.#options.wall();
    return this.#options.side.world.state.jobs().flatMap((job) => {
      const sent = chunkOf(job.fileName);
      return sent?.runId === runId && jobStatus(job, now) === 'RECEIVED' ? [{ job, sent }] : [];
    });
  }

  check(): void {
    const { side, wall, runs } = this.#options;
    const { state } = side.world;
    const mistake = state.violations.slice(this.#violations).find((violation) => this.#isMistake(violation));
    this.#violations = state.violations.length;
    if (mistake) throw new ViolationError(mistake.code, `LY saw ${mistake.code}: ${mistake.message}`);
    this.#findMade();
    const now = wall();
    // Members change when an upload is received, when days pass, or when another scan is the newest one.
    const received = state.jobs().reduce((count, job) => count + (jobStatus(job, now) === 'RECEIVING' ? 0 : 1), 0);
    const succeeded = [...runs.all.values()].filter((run) => run.state.status === 'succeeded').length;
    const seen = `${received} ${succeeded} ${Math.floor(now / (DAY_MS / 24))}`;
    if (seen === this.#checked) return;
    this.#checked = seen;
    for (const { id } of state.lists()) this.#checkMembers(id);
  }

  /** What LY calls a mistake is one, unless somebody else has caused it. */
  #isMistake({ code, request }: Violation): boolean {
    const { side, disturbedUntil } = this.#options;
    if (code === 'unknown_id') return !side.hasDeleted;
    if (code === 'refused_upload') return !side.hasStopped;
    if (code === 'overlapping_upload') return this.#isKnownBusy(request);
    // What was on its way before the others knew of the pause is none. One who stood still may not have looked again.
    if (code === 'request_in_pause') return (side.begunInPause(request) ?? 0) > disturbedUntil();
    // Nobody knows of a refusal when the process that has got it dies, or cannot store it.
    if (code === 'repeated_refresh') return side.begunAfterRefusal(request) !== undefined;
    return true;
  }

  /**
   * Whether a journal knows an upload that LY still works on, to the list of this request. One whose answer was lost,
   * and that cannot be told from others, is sent again at once: both bring the same members.
   */
  #isKnownBusy(request: number): boolean {
    const { side, wall, runs } = this.#options;
    const { state } = side.world;
    const listId = state.jobs().find((job) => job.request === request)?.listId;
    if (listId === undefined) return false;
    const busy = state
      .jobs(listId)
      .filter((job) => job.request !== request && jobStatus(job, wall()) === 'RECEIVING')
      .map(({ id }) => id);
    const known = [...runs.all.values()].flatMap((run) => deliveriesOf(run.state).flatMap(jobIdsIn));
    return busy.some((id) => known.includes(id));
  }

  /** Whose lists the new ones are. */
  #findMade(): void {
    for (const { id, accountId, name } of this.#options.side.world.state.lists()) {
      if (this.#initial.has(id) || this.#made.has(id)) continue;
      // The answer to it is still to come.
      const asked = this.#asked.find((request) => request.account === accountId && request.name === name);
      if (!asked) throw new ViolationError('two_audiences', `list ${id} was made, and nobody has asked for it`);
      this.#made.set(id, asked);
    }
    const lists = this.#madeIn(() => true);
    for (const [n, id] of lists.entries()) {
      const { runId, delivery } = this.#made.get(id)!;
      const jobId = this.#jobOf(runId);
      const other = lists.slice(0, n).find((before) => {
        const made = this.#made.get(before)!;
        return made.delivery === delivery && this.#jobOf(made.runId) === jobId;
      });
      if (other !== undefined)
        throw new ViolationError('two_audiences', `job ${jobId} has made the lists ${other} and ${id}`);
    }
  }

  #jobOf = (runId: string): string | null | undefined => this.#options.runs.all.get(runId)?.jobId;

  /** The lists that LY still has. */
  #madeIn(isWanted: (made: Made) => boolean): string[] {
    const { state } = this.#options.side.world;
    return [...this.#made].flatMap(([id, made]) => (isWanted(made) && state.list(id) ? [id] : []));
  }

  #checkMembers(listId: string): void {
    const { side, wall, runs, planOf } = this.#options;
    const members = side.world.state.members(listId);
    const writers = [...runs.all.values()].filter((run) => deliveriesTo(run, listId).length > 0);
    const known = new Set(this.#initial.get(listId));
    for (const run of writers)
      for (const { delivery } of deliveriesTo(run, listId)) for (const line of linesOf(run, delivery)) known.add(line);
    for (const member of members)
      if (!known.has(member))
        throw new ViolationError('membership', `list ${listId} holds somebody whom no run has sent`);
    const newest = writers
      .filter(({ state: { status } }) => status === 'succeeded')
      .toSorted((a, b) => compare(lastWriteTo(a, listId), lastWriteTo(b, listId)))
      .at(-1);
    if (!newest) return;
    const { memberDays = 180 } = planOf(newest);
    const received = this.#receivedOf(newest.id);
    for (const { delivery } of deliveriesTo(newest, listId)) {
      const since = received
        .filter(({ sent, job }) => sent.delivery === delivery && job.listId === listId)
        .map(({ job }) => job.acceptedAt + job.durationMs);
      // They have left by their age.
      if (wall() >= Math.min(...since) + memberDays * DAY_MS) continue;
      const missing = linesOf(newest, delivery).filter((line) => !members.has(line)).length;
      if (missing > 0)
        throw new ViolationError(
          'membership',
          `list ${listId} lacks ${missing} members of the newest finished scan, of run ${newest.id}`,
        );
    }
  }

  /** An upload that is missing, also when a later one of the same run was received. */
  partsOf({ id, audienceId, siblingAudienceIds }: StoredJob): Pick<SentChunk, 'runId' | 'delivery'>[] {
    const lists = [audienceId, ...siblingAudienceIds];
    const own = [...this.#options.runs.all.values()].filter(({ jobId }) => jobId === id);
    return own
      .flatMap((run) => {
        if (run.state.status === 'running' || atLineOf(run.state) !== 'part') return [];
        return deliveriesOf(run.state).filter((delivery) => {
          const { audienceId: list, lastWriteAt } = delivery;
          if (atLineOf(delivery) === 'whole' || list === null || !lists.includes(list)) return false;
          const since = lastWriteAt ?? run.state.startedAt;
          return !own.some((later) => later !== run && lastWriteTo(later, list) > since);
        });
      })
      .map(({ runId, delivery }) => ({ runId, delivery }));
  }

  madeBy(jobId: string): Map<number, string[]> {
    const byDelivery = new Map<number, string[]>();
    for (const [id, { runId, delivery }] of this.#made) {
      if (this.#jobOf(runId) !== jobId || !this.#options.side.world.state.list(id)) continue;
      byDelivery.set(delivery, [...(byDelivery.get(delivery) ?? []), id]);
    }
    return byDelivery;
  }

  differenceOf(job: Audiences, wanted: readonly string[][]): string | undefined {
    return this.#differenceOf(job, wanted, (members, lines) => lines.every((line) => members.has(line)));
  }

  exactDifferenceOf(job: Audiences, wanted: readonly string[][]): string | undefined {
    return this.#differenceOf(job, wanted, (members, lines) => {
      return members.size === new Set(lines).size && lines.every((line) => members.has(line));
    });
  }

  #differenceOf(
    { audienceId, siblingAudienceIds }: Audiences,
    wanted: readonly string[][],
    isRight: (members: Members, lines: readonly string[]) => boolean,
  ): string | undefined {
    if (wanted.some((lines) => lines.length < FEWEST_ROWS)) return undefined;
    const { state } = this.#options.side.world;
    // Who has none shares the first one.
    const lists = new Map<string | null, string[]>();
    for (const [n, id] of [audienceId, ...siblingAudienceIds].entries()) {
      const list = id ?? audienceId;
      lists.set(list, [...(lists.get(list) ?? []), ...wanted[n]!.map(inSmallLetters)]);
    }
    for (const [id, lines] of lists) {
      const members = id !== null && state.list(id) ? state.members(id) : undefined;
      if (!members || !isRight(members, lines))
        return `LY holds ${members?.size ?? 'no list'} instead of the ${lines.length} members of list ${id}`;
    }
    return undefined;
  }
}

type Audiences = Pick<StoredJob, 'audienceId' | 'siblingAudienceIds'>;
type Members = ReturnType<LyAdsSide['world']['state']['members']>;

interface AddRequest {
  readonly accountId: number;
  readonly operand: readonly NewList[];
}

interface NewList {
  readonly audienceListName: string;
  readonly audienceListContent: { readonly customerDataAudienceList: { readonly dataDuration: number } };
}

/** What the name of a file says, as `uploadName` makes it. */
function chunkOf(fileName: string): SentChunk | undefined {
  const [, runId, delivery = '1', chunk] =
    /^lineup-(\d{8}-\d{6}-[a-z2-9]{6})(?:-(\d+))?-(\d+)\.txt$/.exec(fileName) ?? [];
  return runId === undefined ? undefined : { runId, delivery: Number(delivery), chunk: Number(chunk) };
}

const deliveriesTo = (run: KnownRun, listId: string): RunState[] =>
  deliveriesOf(run.state).filter(({ audienceId, lastWriteAt }) => audienceId === listId && lastWriteAt !== null);

/** As LY has them. */
const inSmallLetters = (line: string): string => line.toLowerCase();

const linesOf = (run: KnownRun, delivery: number): readonly string[] =>
  (run.chunks[delivery - 1]?.flat() ?? []).map(inSmallLetters);

const lastWriteTo = (run: KnownRun, listId: string): string =>
  deliveriesTo(run, listId).reduce((last, { lastWriteAt }) => ((lastWriteAt ?? '') > last ? lastWriteAt! : last), '');

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/**
 * What LINE holds, and what is sent to it. Each audience is as it was, or holds the first chunks of one run that has
 * not succeeded, or all chunks of one run. No run writes after a newer one. No run writes whose lease another may have.
 * The guard is passed only with a person's word. A run that a person stops sends nothing more.
 */

import type { State } from '../../simulators/line-ads/state.ts';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { shrinkage } from '../../src/domain/audiences/size.ts';
import type { JudgedAudience } from '../../src/domain/runs/run.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { atLineOf, deliveriesOf, deliveryOf, type RunState } from '../../src/domain/runs/run-state.ts';
import type { SentRequest } from '../world/destinations/side.ts';
import type { AlertRulesPlan } from '../world/plan.ts';
import { checkRules } from './alerts.ts';
import { type AtDestination, checkSender, type SenderOptions } from './at-destination.ts';
import type { KnownRun, Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

interface Watched {
  readonly initial: string;
  /** LINE's members when they were last looked at. */
  seen: unknown;
  size: number;
  /** The runs that sent something to it, in the order of their first uploads. */
  readonly writers: Upload[];
}

/** Of which delivery of a run an upload is. */
interface Upload {
  readonly runId: string;
  readonly delivery: number;
}

/** What the name of a file says, as `uploadName` makes it. */
function uploadOf(fileName: string): (Upload & { readonly chunk: number }) | undefined {
  const [, runId, delivery = '1', chunk] =
    /^lineup-(\d{8}-\d{6}-[a-z2-9]{6})(?:-(\d+))?-(\d+)\.txt$/.exec(fileName) ?? [];
  return runId === undefined ? undefined : { runId, delivery: Number(delivery), chunk: Number(chunk) };
}

export interface LineOptions extends SenderOptions {
  readonly state: State;
  /** Whether somebody has deleted an audience. Then the service asks for one that is gone, and that is no mistake. */
  readonly hasDeleted: () => boolean;
  /** How many members the last good replace of the audience had, as far as the run can know. */
  readonly lastGood: (audienceId: string, run: KnownRun) => number | undefined;
  /** The alert rules of the run's job. */
  readonly rulesOf: (run: KnownRun) => AlertRulesPlan | undefined;
  /** Whether the job is there, is not terminated, and fills the audience. */
  readonly fills: (jobId: string, audienceId: string) => boolean;
}

export class LineInvariants implements AtDestination {
  readonly #options: LineOptions;
  readonly #audiences = new Map<string, Watched>();
  #jobs = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    for (const { id, members } of options.state.audiences()) {
      this.#audiences.set(id, { initial: joined(members), seen: members, size: members.size, writers: [] });
    }
  }

  onSend(request: SentRequest): void {
    const upload = request.upload && uploadOf(request.upload.fileName);
    if (!upload) return;
    const run = checkSender(this.#options, request, upload);
    if (upload.chunk === 1) this.#checkGuards(run, upload.delivery);
  }

  onEvent(runId: string, event: RunEvent): void {
    if (event.type === 'accepted') this.#onAccepted(runId, event);
  }

  /** A journal says that LINE has accepted a chunk. */
  #onAccepted(runId: string, { delivery = 1, chunk }: Extract<RunEvent, { type: 'accepted' }>): void {
    const { state, runs } = this.#options;
    const run = runs.all.get(runId);
    const failed = run && deliveryOf(run.state, delivery).chunks.get(chunk)?.failedJobIds;
    const isAccepted = state.jobs().some(({ id, fileName }) => {
      const upload = uploadOf(fileName);
      const isOfChunk = upload?.runId === runId && upload.delivery === delivery && upload.chunk === chunk;
      return isOfChunk && !failed?.includes(id);
    });
    if (isAccepted) return;
    throw new ViolationError(
      'journal',
      `run ${runId} says that LINE has accepted chunk ${chunk}, and LINE has no upload job for it`,
    );
  }

  /** No audience is touched unless the guard passes all of them. */
  #checkGuards(run: KnownRun, sent: number): void {
    for (const delivery of deliveriesOf(run.state)) {
      // What LINE has of it has passed, with the size that the audience had before.
      const isUntouched = delivery.delivery === sent || atLineOf(delivery) === 'nothing';
      if (!isUntouched) continue;
      this.#checkGuard(run, delivery);
      checkRules(this.#options.runs, this.#options.rulesOf(run), run, delivery);
    }
  }

  #checkGuard(run: KnownRun, { request, staged, delivery }: RunState): void {
    const { id } = run;
    const unique = staged?.counts.unique ?? 0;
    if (unique === 0) throw new ViolationError('guard', `run ${id} sends an empty result`);
    if (request.audienceId === null) return;
    const size = this.#options.lastGood(request.audienceId, run) ?? this.#sizeOf(request.audienceId);
    if (shrinkage(size, unique, request.maxShrink) === 'fits') return;
    const approved = run.state.approval?.audiences.find((audience) => audience.delivery === delivery);
    if (approved && isApproved(approved, size, unique)) return;
    throw new ViolationError(
      'guard',
      `run ${id} shrinks an audience from ${size} to ${unique} members without a person's word for it`,
    );
  }

  #sizeOf(audienceId: string): number {
    return this.#options.state.audience(audienceId)?.members.size ?? 0;
  }

  check(): void {
    const { state, runs, hasDeleted } = this.#options;
    const mistake = state.violations.find(({ code }) => code !== 'unknown_id' || !hasDeleted());
    if (mistake) throw new ViolationError(mistake.code, `LINE saw ${mistake.code}: ${mistake.message}`);
    const jobs = state.jobs();
    for (const { audienceId, fileName } of jobs.slice(this.#jobs)) this.#onUpload(audienceId, fileName);
    this.#jobs = jobs.length;
    for (const { id, members } of state.audiences()) {
      const watched = this.#audiences.get(id);
      if (!watched || (watched.seen === members && watched.size === members.size)) continue;
      watched.seen = members;
      watched.size = members.size;
      this.#checkMembers(id, watched, joined(members), runs);
    }
  }

  #onUpload(audienceId: string, fileName: string): void {
    const upload = uploadOf(fileName);
    if (!upload) return;
    const { runId, delivery } = upload;
    const watched = this.#audiences.get(audienceId) ?? {
      initial: '',
      seen: undefined,
      size: -1,
      writers: [],
    };
    this.#audiences.set(audienceId, watched);
    const { writers } = watched;
    const last = writers.at(-1);
    const known = writers.find((writer) => writer.runId === runId);
    if (known && last !== known) {
      throw new ViolationError('older_run', `run ${runId} writes to audience ${audienceId} after run ${last?.runId}`);
    }
    if (known && known.delivery !== delivery) {
      throw new ViolationError('two_deliveries', `run ${runId} sends two identifiers to audience ${audienceId}`);
    }
    if (!known) writers.push({ runId, delivery });
    const { runs, fills } = this.#options;
    const jobOf = (id: string) => runs.all.get(id)?.jobId;
    // A job may take the audience that another one has left.
    const other = writers.find((writer) => {
      const job = jobOf(writer.runId);
      return job && job !== jobOf(runId) && fills(job, audienceId);
    });
    if (!other) return;
    throw new ViolationError('two_jobs', `runs ${other.runId} and ${runId} of two jobs fill audience ${audienceId}`);
  }

  #checkMembers(id: string, { initial, writers }: Watched, members: string, runs: Runs): void {
    if (members === initial) return;
    for (const { runId, delivery } of writers.toReversed()) {
      const run = runs.all.get(runId);
      const chunks = run?.chunks[delivery - 1];
      if (!run || !chunks) continue;
      const held: string[] = [];
      for (const [n, lines] of chunks.entries()) {
        held.push(...lines);
        if (joined(held.toSorted()) !== members) continue;
        const isWhole = n + 1 === chunks.length;
        if (isWhole || run.state.status !== 'succeeded') return;
        throw new ViolationError(
          'membership',
          `run ${runId} has succeeded, and audience ${id} holds ${n + 1} of its ${chunks.length} chunks`,
        );
      }
    }
    throw new ViolationError('membership', `audience ${id} holds what no single run has sent`);
  }

  madeBy(jobId: string): Map<number, string[]> {
    return this.#madeBy((run) => run.jobId === jobId);
  }

  /** Nothing is sent when one of the audiences would be empty. */
  differenceOf({ audienceId, siblingAudienceIds }: Audiences, wanted: readonly string[][]): string | undefined {
    if (wanted.some((lines) => lines.length === 0)) return undefined;
    for (const [delivery, id] of [audienceId, ...siblingAudienceIds].entries()) {
      const lines = wanted[delivery]!;
      const held = id === null ? undefined : this.#options.state.audience(id)?.members;
      if (!held || joined(held) !== joined(lines.toSorted()))
        return `LINE holds ${held?.size ?? 'no audience'} instead of the ${lines.length} members of its audience ${delivery + 1}`;
    }
    return undefined;
  }

  /** The audiences that a run has made, by the numbers of its deliveries. */
  madeByRun(runId: string): Map<number, string[]> {
    return this.#madeBy((run) => run.id === runId);
  }

  #madeBy(isWanted: (run: KnownRun) => boolean): Map<number, string[]> {
    const made = [...this.#audiences].flatMap(
      ([
        id,
        {
          writers: [first],
        },
      ]) => {
        const run = first && this.#options.runs.all.get(first.runId);
        if (!first || !run || !isWanted(run)) return [];
        const { request } = deliveryOf(run.state, first.delivery);
        return request.audienceId === null ? [{ id, delivery: first.delivery }] : [];
      },
    );
    const byDelivery = Map.groupBy(made, ({ delivery }) => delivery);
    return new Map([...byDelivery].map(([delivery, all]) => [delivery, all.map(({ id }) => id)]));
  }
}

type Audiences = Pick<StoredJob, 'audienceId' | 'siblingAudienceIds'>;

/** A person saw the loss, and it has not become larger since, apart from 2 %. */
function isApproved({ before, after, reasons }: JudgedAudience, size: number, unique: number): boolean {
  const sawLoss = reasons.some(({ code }) => code === 'audience_shrinks' || code === 'audience_size_unknown');
  const isSmaller = unique < after * 0.98 - 1e-6;
  const seen = before?.size ?? null;
  const losesMore = seen !== null && unique / size < (after / seen) * 0.98 - 1e-6;
  return sawLoss && !isSmaller && !losesMore;
}

const joined = (lines: Iterable<string>): string => [...lines].join('\n');

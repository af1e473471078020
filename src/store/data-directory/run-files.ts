/**
 * The runs of a data directory: `runs/<run>/journal.ndjson` and, until the run succeeds, `runs/<run>/staged/` and its
 * key.
 */
import { join } from 'node:path';
import type { RunHistory } from '../../contracts/ports.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { RunEvent } from '../../domain/runs/run-events.ts';
import {
  atLineOf,
  deliveriesOf,
  isUnsettled,
  jobIdsIn,
  lastWriteOf,
  type OpenUpload,
  openDeliveriesOf,
  openReplacesOf,
  openUploadsOf,
  othersSince,
  type RunState,
} from '../../domain/runs/run-state.ts';
import { type Disk, systemDisk } from './disk.ts';
import { onDisk } from './file-errors.ts';
import { FileRunJournal, type LatestOfOthers, readJournal, readRun, stagedIn } from './file-run-journal.ts';

export class RunFiles implements RunHistory {
  readonly #directory: string;
  readonly #disk: Disk;

  constructor(dataDirectory: string, disk: Disk = systemDisk) {
    this.#disk = disk;
    this.#directory = join(dataDirectory, 'runs');
  }

  create(started: Extract<RunEvent, { type: 'started' }>): Promise<FileRunJournal> {
    return FileRunJournal.create(join(this.#directory, started.runId), started, this.#latestOfOthers, this.#disk);
  }

  /** @throws {LineupError} `run_not_found`, `run_in_progress` */
  async resume(runId: string): Promise<FileRunJournal> {
    await this.get(runId);
    return FileRunJournal.resume(join(this.#directory, runId), this.#latestOfOthers, this.#disk);
  }

  /** @throws {LineupError} `run_not_found` */
  async get(runId: string): Promise<RunState> {
    // A run id is one path segment. Nothing else may reach the file system.
    const state = /^[\w-]+$/.test(runId) ? await this.#read(runId) : undefined;
    if (!state) {
      throw new LineupError('run_not_found', `There is no run "${runId}" in ${this.#directory}.`);
    }
    return state;
  }

  /** The journal of a run. @throws {LineupError} `run_not_found` */
  async events(runId: string): Promise<RunEvent[]> {
    await this.get(runId);
    return readJournal(join(this.#directory, runId), this.#disk);
  }

  /** Runs of the command line have no job. */
  async sizesBefore(): Promise<readonly number[]> {
    return [];
  }

  /** All runs, newest first. */
  async list(): Promise<RunState[]> {
    const names = await onDisk(this.#directory, () =>
      this.#disk.files.readdir(this.#directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      }),
    );
    const states = await Promise.all(names.map((name) => this.#read(name)));
    return states
      .filter((state) => state !== undefined)
      .sort((a, b) => b.startedAt.localeCompare(a.startedAt) || b.runId.localeCompare(a.runId));
  }

  async lastReplace(adAccountId: string, audienceId: string) {
    const last = (await this.#deliveriesTo(adAccountId, audienceId))
      .filter((run) => run.request.mode === 'replace' && hasSent(run))
      .sort((a, b) => (b.lastWriteAt ?? '').localeCompare(a.lastWriteAt ?? ''))[0];
    if (!last?.staged) return undefined;
    return { runId: last.runId, unique: last.staged.counts.unique, at: last.endedAt ?? last.startedAt };
  }

  async made(adAccountId: string, audienceId: string) {
    return (await this.#deliveriesTo(adAccountId, audienceId)).some(({ created }) => created);
  }

  /** Runs of the command line have no job. */
  async mayBeMade(): Promise<boolean> {
    return false;
  }

  /** How many values a suppression list had when a run last read it. Null when none has. */
  async lastListSize(id: string, identifierType: IdentifierType): Promise<number | null> {
    for (const { request, staged } of (await this.list()).flatMap(deliveriesOf)) {
      if (request.dryRun || request.identifierType !== identifierType) continue;
      const read = staged?.suppression?.find((list) => list.id === id);
      if (read) return read.size;
    }
    return null;
  }

  async supersededBy(state: RunState): Promise<string | undefined> {
    return laterWriter(await this.list(), state);
  }

  async openUploads({ runId, audienceId, request }: RunState): Promise<OpenUpload[]> {
    const written = (await this.#deliveriesTo(request.adAccountId, audienceId ?? ''))
      .filter((run) => run.runId !== runId && run.lastWriteAt !== null)
      .sort((a, b) => (a.lastWriteAt! < b.lastWriteAt! ? 1 : -1));
    // Several, when they share the audience.
    return written.filter((run) => run.runId === written[0]?.runId).flatMap(openUploadsOf);
  }

  async jobIdsOfOthers(delivery: RunState): Promise<string[] | null> {
    const { runId, audienceId, request } = delivery;
    const since = othersSince(delivery).toISOString();
    const others = (await this.#deliveriesTo(request.adAccountId, audienceId ?? '')).filter(
      (run) => run.runId !== runId && (run.lastWriteAt ?? '') >= since,
    );
    return others.some(isUnsettled) ? null : others.flatMap(jobIdsIn);
  }

  async openReplaces(adAccountId: string): Promise<RunState[]> {
    const runs = (await this.list()).filter(({ request }) => request.adAccountId === adAccountId);
    const deliveries = runs.flatMap(deliveriesOf);
    return runs.flatMap(openReplacesOf).filter((open) => !deliveries.some((run) => follows(run, open)));
  }

  /** Removes the staged chunks of older runs to one of the same audiences, because they must not be sent any more. */
  async discardSuperseded(newest: RunState): Promise<void> {
    for (const run of await this.list()) {
      const isOlder = run.runId !== newest.runId && (lastWriteOf(run) ?? run.startedAt) < (lastWriteOf(newest) ?? '');
      if (isOlder && run.status !== 'running' && haveCommonAudience(run, newest)) {
        await stagedIn(join(this.#directory, run.runId), this.#disk.files).discard();
      }
    }
  }

  async #deliveriesTo(adAccountId: string, audienceId: string): Promise<RunState[]> {
    return (await this.list()).flatMap(deliveriesOf).filter((run) => isTo(run, adAccountId, audienceId));
  }

  readonly #latestOfOthers: LatestOfOthers = async ({ runId, audienceId, request }) =>
    (await this.#deliveriesTo(request.adAccountId, audienceId ?? ''))
      .filter((run) => run.runId !== runId)
      .flatMap(({ startedAt, lastWriteAt }) => [startedAt, lastWriteAt ?? ''])
      .sort()
      .at(-1);

  #read(runId: string): Promise<RunState | undefined> {
    return readRun(join(this.#directory, runId), this.#disk);
  }
}

/**
 * The id of a run that has written to the audience of the delivery after it did.
 * @param all the runs of the data directory
 */
export function laterWriter(all: readonly RunState[], delivery: RunState): string | undefined {
  const { runId, request, audienceId, startedAt, lastWriteAt } = delivery;
  if (audienceId === null) return undefined;
  const since = lastWriteAt ?? startedAt;
  return all
    .flatMap(deliveriesOf)
    .filter((run) => run.runId !== runId && isTo(run, request.adAccountId, audienceId))
    .find((run) => run.lastWriteAt !== null && run.lastWriteAt > since)?.runId;
}

/** The delivery is complete at LINE, also when another one of its run has failed. */
const hasSent = (delivery: RunState): boolean =>
  delivery.status === 'succeeded' || (delivery.endedAt !== null && atLineOf(delivery) === 'whole');

/** Whether the older run has something left to send to an audience of the newest one. */
const haveCommonAudience = (older: RunState, newest: RunState): boolean =>
  deliveriesOf(newest).some(({ request, audienceId }) =>
    openDeliveriesOf(older).some(
      (run) => isTo(run, request.adAccountId, audienceId ?? '') || wasToCreate(run, request),
    ),
  );

/** The run was to create an audience that another run has created since, so LINE has that name now. */
const wasToCreate = (run: RunState, { adAccountId, audienceName }: RunState['request']): boolean =>
  run.audienceId === null &&
  audienceName !== null &&
  run.request.adAccountId === adAccountId &&
  run.request.audienceName === audienceName;

/** Another run has written to the audience after this delivery did. */
const follows = (run: RunState, { runId, audienceId, lastWriteAt, request }: RunState): boolean =>
  run.runId !== runId &&
  isTo(run, request.adAccountId, audienceId ?? '') &&
  (run.lastWriteAt ?? '') > (lastWriteAt ?? '');

const isTo = (run: RunState, adAccountId: string, audienceId: string): boolean =>
  run.request.adAccountId === adAccountId && run.audienceId === audienceId;

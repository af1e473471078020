/**
 * Joiners and leavers: what a run tells of them is what the lines of this run and of the last one that has filled the
 * audience give, or it tells nothing. A file of a job that was deleted is gone.
 */
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { atLineOf, deliveriesOf, deliveryOf, type RunState } from '../../src/domain/runs/run-state.ts';
import type { KnownRun, Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

type Lines = ReadonlySet<string>;

export class Turnovers {
  /** How many runs have told who joins and leaves. */
  told = 0;
  readonly #runs: Runs;
  /** What a run could compare with when it began or went on, by run and delivery: another one may have ended since. */
  readonly #before = new Map<string, Lines | undefined>();

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  /** A journal has a new entry. */
  onEvent(runId: string, event: RunEvent): void {
    const run = this.#runs.all.get(runId);
    if (!run) return;
    if (event.type === 'started' || event.type === 'resumed') {
      for (const delivery of deliveriesOf(run.state)) this.#before.set(keyOf(delivery), this.#lastOf(delivery));
    }
    if (event.type !== 'staged') return;
    for (const [n, { turnover }] of [event, ...(event.siblings ?? [])].entries()) {
      if (!turnover) continue;
      this.told += 1;
      const delivery = deliveryOf(run.state, n + 1);
      const lines = linesOf(run, delivery);
      const isTrue = [this.#lastOf(delivery), this.#before.get(keyOf(delivery))].some(
        (last) => last && turnover.joining === missing(lines, last) && turnover.leaving === missing(last, lines),
      );
      if (isTrue) continue;
      const { joining, leaving } = turnover;
      throw new ViolationError(
        'turnover',
        `run ${runId} tells that ${joining} join and ${leaving} leave, and they do not`,
      );
    }
  }

  /** @param names those of all files that are left. Each begins with the id of its run */
  checkFiles(names: readonly string[], hasJob: (jobId: string) => boolean): void {
    for (const { id, jobId } of this.#runs.all.values()) {
      const left = names.find((name) => name.startsWith(`${id}-`));
      if (left === undefined || (jobId !== null && hasJob(jobId))) continue;
      throw new ViolationError('fingerprints', `the fingerprints ${left} are left of a job that was deleted`);
    }
  }

  /** The lines of the last delivery of another run that has filled the same audience completely. */
  #lastOf({ runId, audienceId, request }: RunState): Lines | undefined {
    if (audienceId === null) return undefined;
    const complete = [...this.#runs.all.values()].flatMap((run) =>
      deliveriesOf(run.state)
        .filter((delivery) => delivery.audienceId === audienceId && delivery.lastWriteAt !== null)
        .filter(({ request: { adAccountId } }) => adAccountId === request.adAccountId)
        .filter((delivery) => run.state.status === 'succeeded' || (atLineOf(delivery) === 'whole' && delivery.endedAt))
        .map((delivery) => ({ run, delivery })),
    );
    const last = complete
      .filter(({ run }) => run.id !== runId)
      .toSorted((a, b) => a.delivery.lastWriteAt!.localeCompare(b.delivery.lastWriteAt!))
      .at(-1);
    const same = complete.find(
      ({ run, delivery }) =>
        run === last?.run &&
        delivery.request.field === request.field &&
        delivery.request.identifierType === request.identifierType,
    );
    return same && linesOf(same.run, same.delivery);
  }
}

const keyOf = ({ runId, delivery }: RunState): string => `${runId} ${delivery}`;

/** An advertising id is the same one in capitals. */
const linesOf = (run: KnownRun, { delivery }: RunState): Lines =>
  new Set(run.chunks[delivery - 1]?.flat().map((line) => line.toLowerCase()));

const missing = (from: Lines, others: Lines): number => [...from].filter((line) => !others.has(line)).length;

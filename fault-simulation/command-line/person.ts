/**
 * A person at a terminal, or a program that calls Lineup as one would: gives the command of an export again and again,
 * until it has succeeded or only a person's decision could help. They do what the message of the last command says.
 */

import type { ExportRequest } from '../../src/domain/audiences/requests.ts';
import type { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunDocument, RunError } from '../../src/domain/runs/run.ts';
import type { RunState } from '../../src/domain/runs/run-state.ts';
import { holdOutOf } from '../world/expected-lines.ts';
import { fieldName } from '../world/plan.ts';
import { assertKnown, type Command, type Ending } from './command.ts';
import type { ExportPlan, Habit } from './plan.ts';

export interface Surroundings {
  /** Gives a command on the machine where the person works now, when the machine runs. Resolves when it has ended. */
  readonly give: (work: (command: Command) => Promise<RunDocument>) => Promise<Ending>;
  readonly wait: (ms: number) => Promise<void>;
  /** Looks for the audience with this name at LINE. */
  readonly audienceNamed: (name: string) => string | undefined;
  /** Called with what ends the history. */
  readonly onError: (error: unknown) => void;
}

const HOUR = 3_600_000;

/** An audience that is there, or one to create. */
export type Audience = { readonly id: string } | { readonly name: string };

/** What is to be done. */
type Next = { readonly what: 'export' } | { readonly what: 'continue'; readonly maxShrink?: number };

export class Person {
  readonly n: number;
  readonly source: string;
  readonly job: ExportPlan;
  /** Of each delivery. */
  audiences: readonly Audience[];
  /** `undefined` while there is something to do. */
  outcome: 'succeeded' | 'refused' | undefined;
  #habits: readonly Habit[];
  readonly #surroundings: Surroundings;
  #commands = 0;
  #allows = false;

  constructor(
    n: number,
    job: ExportPlan,
    audiences: readonly Audience[],
    habits: readonly Habit[],
    surroundings: Surroundings,
  ) {
    this.n = n;
    this.source = `/members/${n}`;
    this.job = job;
    this.audiences = audiences;
    this.#habits = habits;
    this.#surroundings = surroundings;
  }

  /** The ids of the audiences, as far as they are known. */
  get audienceIds(): (string | undefined)[] {
    return this.audiences.map((audience) => ('id' in audience ? audience.id : undefined));
  }

  async work(): Promise<void> {
    const { wait, onError } = this.#surroundings;
    try {
      await wait(this.job.afterMs);
      let next: Next | undefined = { what: 'export' };
      while (next) {
        next = this.#decide(await this.#giveCommand(next));
        // They try less often after a while.
        if (next) await wait(Math.min(15_000 * 2 ** (this.#commands - 1), HOUR));
      }
    } catch (error) {
      onError(error);
    }
  }

  /** A last export of what the source holds in the end, whatever the size. */
  async repeat(): Promise<void> {
    this.outcome = undefined;
    this.#allows = true;
    this.#habits = [];
    await this.work();
  }

  async #giveCommand(next: Next): Promise<Ending> {
    const habits = this.#habits.filter(({ command }) => command === this.#commands).map(({ what: habit }) => habit);
    this.#commands += 1;
    if (habits.includes('allow')) this.#allows = true;
    const work =
      next.what === 'export' || habits.includes('anew')
        ? (command: Command) => command.export(this.#request())
        : (command: Command) => this.#continue(command, next.maxShrink, habits.includes('older'));
    const { give } = this.#surroundings;
    if (!habits.includes('twice')) return give(work);
    const [ending, other] = await Promise.all([give(work), give(work)]);
    return succeeded(other) ? other : ending;
  }

  /** Looks at the runs, and continues the newest one, if it did not succeed meanwhile. */
  async #continue(command: Command, maxShrink: number | undefined, isOlder: boolean): Promise<RunDocument> {
    const mine = (await command.runs.list()).filter(({ request }) => request.source.location === this.source);
    const newest = mine[0];
    if (newest?.status === 'succeeded' && !isOlder) return command.document(newest);
    const run = isOlder ? mine.at(-1) : newest;
    if (!run || !mayContinue(run)) return command.export(this.#request());
    return command.resume(run.runId, maxShrink === undefined ? {} : { maxShrink });
  }

  #decide(ending: Ending): Next | undefined {
    if (ending.kind === 'killed') return { what: 'continue' };
    const error: LineupError | RunError | null = ending.kind === 'error' ? ending.error : ending.document.error;
    if (error === null) {
      if (ending.kind === 'document') this.#remember(ending.document);
      return this.#end('succeeded');
    }
    assertKnown(error);
    // Somebody has deleted the audience.
    if (error.reason === 'AUDIENCE_GROUP_NOT_FOUND') return this.#end('refused');
    switch (error.code) {
      case 'nothing_to_send':
      case 'audience_not_found':
      case 'audience_type_mismatch':
        return this.#end('refused');
      case 'audience_shrinks':
      case 'audience_size_unknown':
        return this.#allows ? { what: 'continue', maxShrink: 1 } : this.#end('refused');
      case 'audience_name_taken':
        this.audiences = this.audiences.map((audience) => {
          const id = 'name' in audience && this.#surroundings.audienceNamed(audience.name);
          return id ? { id } : audience;
        });
        return { what: 'export' };
      case 'run_superseded':
        return { what: 'export' };
      default:
        return { what: 'continue' };
    }
  }

  #remember({ audience, siblings = [] }: RunDocument): void {
    const made = [audience, ...siblings.map((sibling) => sibling.audience)];
    this.audiences = this.audiences.map((known, n) => {
      const id = made[n]?.id;
      return id ? { id } : known;
    });
  }

  #end(outcome: 'succeeded' | 'refused'): undefined {
    this.outcome = outcome;
  }

  #request(): ExportRequest {
    const { identifier, account, chunkRecords, leftOut, siblings } = this.job;
    const [first, ...others] = this.audiences.map(asked);
    const holdOut = holdOutOf(leftOut);
    return {
      source: this.source,
      field: 'value',
      identifierType: identifier,
      ifaFormat: 'sha256',
      ...(siblings && {
        siblings: siblings.map((sibling, n) => ({
          identifierType: sibling.identifier,
          field: fieldName(n + 1),
          ...others[n],
        })),
      }),
      ...(leftOut && {
        suppress: [
          {
            source: `/list/${this.n}`,
            field: fieldName(0),
            ...(siblings?.every(({ list }) => !list) && { fields: { email: null, ifa: null } }),
            maxShrink: 1,
          },
        ],
      }),
      ...(holdOut && { holdOut }),
      chunkRecords,
      chunkBytes: 60_000_000,
      adAccountId: account,
      ...first,
      mode: 'replace',
      maxShrink: this.#allows ? 1 : 0.5,
      dryRun: false,
    };
  }
}

const asked = (audience: Audience) =>
  'id' in audience ? { audienceId: audience.id } : { audienceName: audience.name };

const succeeded = (ending: Ending): boolean => ending.kind === 'document' && ending.document.status === 'succeeded';

/** The list of runs says that they can be continued. */
const mayContinue = ({ status, error }: RunState): boolean =>
  status === 'running' || status === 'interrupted' || (status === 'failed' && error?.resumable === true);

/** Runs of the command line whose process dies after some entries of the journal. */
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { FileRunJournal } from '../../src/store/data-directory/file-run-journal.ts';
import { RunFiles } from '../../src/store/data-directory/run-files.ts';

type Started = Extract<RunEvent, { type: 'started' }>;

/** The process has died. */
export class KilledError extends Error {}

export class MortalRuns extends RunFiles {
  entriesLeft = Number.POSITIVE_INFINITY;
  last: RunEvent['type'] | undefined;
  /** What the request has that the command line cannot ask for. */
  more: Partial<Started['request']> = {};

  override async create(started: Started): Promise<FileRunJournal> {
    return this.#mortal(await super.create({ ...started, request: { ...started.request, ...this.more } }));
  }

  override async resume(runId: string): Promise<FileRunJournal> {
    return this.#mortal(await super.resume(runId));
  }

  #mortal(journal: FileRunJournal): FileRunJournal {
    const append = journal.append.bind(journal);
    journal.append = async (event) => {
      if (this.entriesLeft <= 0) throw new KilledError();
      await append(event);
      this.last = event.type;
      this.entriesLeft -= 1;
      if (this.entriesLeft === 0) throw new KilledError();
    };
    return journal;
  }
}

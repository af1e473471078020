/** The files of the parts of split jobs, in a directory of all workers. Nobody gets them before the run ends. */
import { segmentOfUpload } from '../../src/domain/files/file-names.ts';
import type { PartFiles } from '../../src/use-cases/split/files.ts';
import type { Process } from '../engine/process.ts';

interface File {
  readonly runId: string;
  text: string;
  isComplete: boolean;
}

export class PartStore {
  readonly #files = new Map<string, File>();
  /** Whether a job has the file. */
  readonly #isGiven: (segment: string) => boolean;
  #made = 0;

  constructor(isGiven: (segment: string) => boolean) {
    this.#isGiven = isGiven;
  }

  /** The rows of a file; undefined when it is not there, or not complete. */
  rowsOf(segment: string): readonly (readonly string[])[] | undefined {
    for (const [id, { text, isComplete }] of this.#files) {
      if (segmentOfUpload(id) !== segment || !isComplete) continue;
      return text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.replaceAll('"', '').split(','));
    }
    return undefined;
  }

  /** Those of a run, as a process writes them. @param stored those of a storage that has real ones, too */
  filesOf(process: Process, runId: string, stored?: PartFiles): PartFiles {
    const own: File[] = [];
    return {
      create: async () => {
        const real = await stored?.create();
        return process.operation('make part file', () => {
          this.#made += 1;
          const id = real?.id ?? `upl_${this.#made}`;
          const file: File = { runId, text: '', isComplete: false };
          this.#files.set(id, file);
          own.push(file);
          const write = async (bytes: Uint8Array) => {
            const copy = Buffer.from(bytes).toString();
            await real?.write(bytes);
            return process.operation('write part file', () => {
              file.text += copy;
            });
          };
          return { id, write };
        });
      },
      keep: async () => {
        await stored?.keep();
        return process.operation('keep part files', () => {
          for (const file of own) file.isComplete = true;
        });
      },
      discard: async () => {
        await stored?.discard();
        return process.operation('discard part files', () => {
          for (const [id, file] of this.#files)
            if (file.runId === runId && !this.#isGiven(segmentOfUpload(id))) this.#files.delete(id);
          own.length = 0;
        });
      },
    };
  }
}

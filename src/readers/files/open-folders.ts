/** The folders that are open to exports at one moment, and which paths in them may be read. All paths are without links. */
import { basename, join, relative, sep } from 'node:path';
import { closedPlaces, isWithin, realOf } from './closed.ts';

/**
 * Names of files of members: by their endings, or as clusters name the parts of a table (`part-00000`, `0000_part_00`). Others are
 * not read: keys, passwords and settings lie about in folders, too, and would pass for tables of one column.
 */
const READABLE =
  /(?:\.(?:csv|tsv|tab|txt|lst|list|dat|ndjson|jsonl|json|parquet|parq|xls[xm])|^part-[\w-]+|^\d+_part_\d+)(?:\.(?:gz|gzip|zst|zstd))?$/i;

/** As a person is told. */
export const READABLE_ENDINGS =
  '.csv, .tsv, .txt, .dat, .ndjson, .jsonl, .json, .parquet, .xlsx; also .gz, .zst';

export interface OpenFolder {
  /** As the settings name it. */
  readonly named: string;
  readonly real: string;
}

export class OpenFolders {
  readonly folders: readonly OpenFolder[];
  readonly #closed: readonly string[];

  private constructor(folders: readonly OpenFolder[], closed: readonly string[]) {
    this.folders = folders;
    this.#closed = closed;
  }

  /**
   * @param roots as the settings name them
   * @param own folders of Lineup, which stay closed
   */
  static async of(roots: readonly string[], own: readonly string[]): Promise<OpenFolders> {
    const folders = await Promise.all(roots.map(async (named) => ({ named, real: await realOf(named) })));
    return new OpenFolders(folders, await closedPlaces(own));
  }

  /** Whether it is an open folder, or lies in one, and is neither closed nor hidden. */
  holds(path: string): boolean {
    if (this.#closed.some((place) => isWithin(path, place))) return false;
    return this.folders.some(({ real }) => isWithin(path, real) && !isHidden(relative(real, path)));
  }

  /** Whether it is held, and called as a file of members is. */
  offers(path: string): boolean {
    return this.holds(path) && READABLE.test(basename(path));
  }

  /** Where a path, as the settings begin it, would lie if there were no link on its way: undefined outside of the folders. */
  straight(path: string): { readonly real: string; readonly depth: number } | undefined {
    return this.folders
      .filter(({ named }) => isWithin(path, named))
      .map(({ named, real }) => {
        const way = relative(named, path);
        return { real: join(real, way), depth: way.split(sep).length - 1 };
      })
      .sort((one, other) => one.depth - other.depth)[0];
  }
}

/** A folder that is hidden may be opened by its name; what is hidden in one may not. */
const isHidden = (way: string): boolean =>
  way.split(sep).some((part) => part.startsWith('.') && part !== '.');

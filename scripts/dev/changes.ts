/**
 * Combines changes of files into few restarts: one restart at a time, and one for all files that are saved together.
 */

export interface AfterChange {
  /** No restart before this. */
  readonly ready: Promise<void>;
  restart(files: readonly string[]): Promise<void>;
  /** Resolves when all changes of one save must have arrived. @default 50 ms later */
  settle?(): Promise<void>;
}

/** @returns a function to call for each changed file */
export function afterChange({ ready, restart, settle = soon }: AfterChange): (file: string) => void {
  const waiting = new Set<string>();
  let working = false;
  const work = async () => {
    working = true;
    await ready;
    while (waiting.size > 0) {
      await settle();
      const files = [...waiting];
      waiting.clear();
      await restart(files);
    }
    working = false;
  };
  return (file) => {
    waiting.add(file);
    if (!working) void work();
  };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

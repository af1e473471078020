/** Turns single changes of files into few restarts: one at a time, and one for all that was saved together. */

export interface AfterChange {
  /** No restart before. */
  readonly ready: Promise<void>;
  restart(files: readonly string[]): Promise<void>;
  /** Resolves when what was saved together has surely been told. @default 50 ms later */
  settle?(): Promise<void>;
}

/** @returns what is to be told of each file that changed */
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

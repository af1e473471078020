/** How often each test failed, over many runs of its file. */

export interface Failure {
  /** The test’s full name, or another place of the error. */
  readonly name: string;
  /** The error, with its lines in the project. */
  readonly text: string;
}

interface Counted {
  readonly name: string;
  times: number;
  readonly firstRun: number;
  readonly firstText: string;
}

export class Tally {
  readonly #failures = new Map<string, Counted>();
  #runs = 0;
  #failedRuns = 0;

  /** @param failures of one run; empty if all passed */
  add(failures: readonly Failure[]): void {
    this.#runs++;
    if (failures.length > 0) this.#failedRuns++;
    // A test with two errors counts as one failure.
    for (const [name, [first]] of Map.groupBy(failures, (failure) => failure.name)) {
      const known = this.#failures.get(name);
      if (known) known.times++;
      else this.#failures.set(name, { name, times: 1, firstRun: this.#runs, firstText: first!.text });
    }
  }

  get runs(): number {
    return this.#runs;
  }

  get failedRuns(): number {
    return this.#failedRuns;
  }

  /** The most frequent failures come first. */
  get failures(): readonly Readonly<Counted>[] {
    return [...this.#failures.values()].sort((a, b) => b.times - a.times);
  }
}

export function report(file: string, { runs, failedRuns, failures }: Tally): string {
  const shown = failures.map(
    ({ name, times, firstRun, firstText }) =>
      `\nfailed ${times} of ${runs}: ${name}\nfirst in run ${firstRun}:\n${firstText.trimEnd()}\n`,
  );
  const [how, times] = failedRuns === 0 ? ['passed', runs] : ['failed', failedRuns];
  return `${shown.join('')}\n${file} ${how} in ${times} of ${runs} runs\n`;
}

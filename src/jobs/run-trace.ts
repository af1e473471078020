/** The span of a run in this process, which its journal keeps for the process that continues the run. */
import { noTracer, type OpenSpan, type SpanAttributes, type Tracer } from '../contracts/tracing.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunTrace } from '../domain/runs/run-events.ts';

export interface RunOfSpan {
  readonly tracer: Tracer | undefined;
  readonly attributes: SpanAttributes;
  /** The `traceparent` of what started or continued the run, if somebody did. */
  readonly cause: string | undefined;
}

export class SpanOfRun {
  readonly #run: RunOfSpan;
  #parent: string | undefined;
  #span: OpenSpan | undefined;

  constructor(run: RunOfSpan) {
    this.#run = run;
  }

  /**
   * Begins it, once: when the first entry of the journal is made, or when another process had the run. A run that goes
   * on because its worker has died stays in its trace.
   * @param before of the process that had the run
   */
  begin(before?: RunTrace): this {
    const { tracer = noTracer, attributes, cause } = this.#run;
    this.#parent ??= cause ?? before?.parent;
    this.#span ??= tracer.open('run', { parent: this.#parent ?? null, links: [before?.span], attributes });
    return this;
  }

  /** For the entry in the journal with which the run starts or continues. */
  get entry(): { readonly trace?: RunTrace } {
    const span = this.#span?.traceparent;
    return span === undefined ? {} : { trace: { span, ...(this.#parent !== undefined && { parent: this.#parent }) } };
  }

  /** Does the work of the run, and ends the span. */
  async around<T>(work: () => Promise<T>): Promise<T> {
    const span = this.begin().#span!;
    try {
      return await span.within(work);
    } catch (error) {
      span.fail(error instanceof LineupError ? error.code : 'internal');
      throw error;
    } finally {
      span.end();
    }
  }
}

/** The record of mistakes that a correct client never makes. Each simulator has codes of its own. */

export interface Recorded<Code extends string> {
  code: Code;
  /** ISO 8601. */
  time: string;
  /** The number of the request in the request log. */
  request: number;
  message: string;
}

/** A request, and where its mistakes are recorded. */
export interface Flagged<Code extends string> {
  readonly state: { readonly violations: Recorded<Code>[] };
  readonly record: { readonly time: string; readonly number: number };
}

/** Records a mistake that a correct client would not make. */
export function flag<Code extends string>(
  { state, record: { time, number } }: Flagged<Code>,
  code: NoInfer<Code>,
  message: string,
): void {
  state.violations.push({ code, time, request: number, message });
}

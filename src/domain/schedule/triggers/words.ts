/** When a job runs that waits for its data, in words that are short enough for a list. */
import { type Sentence, sentence } from '../../text/sentence.ts';
import type { Trigger } from './index.ts';

/** What only some triggers need. */
interface Around {
  /** The name of the job that it waits for. */
  readonly awaited: string | undefined;
  /** Of the deadline. */
  readonly timezone: string | null;
}

/** Undefined for a job that waits for one that is not there. */
export function whenReady(trigger: Trigger, { awaited, timezone }: Around): Sentence | undefined {
  const when = whenCome(trigger, awaited);
  const { deadline } = trigger;
  if (!when || deadline === null) return when;
  return sentence`${when}, expected by ${deadline} (${timezone ?? 'UTC'})`;
}

function whenCome(trigger: Trigger, awaited: string | undefined): Sentence | undefined {
  switch (trigger.kind) {
    case 'after_job':
      return awaited === undefined ? undefined : sentence`when "${awaited}" has succeeded`;
    case 'object':
      return sentence`when a new object comes`;
    case 'table':
      return trigger.query === null ? sentence`when the table changes` : sentence`when the value of the query changes`;
    case 'webhook':
      return sentence`when a webhook comes`;
  }
}

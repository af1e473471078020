/** What a person types about a trigger, and what of it is sent. */
import type { JobConfiguration } from '../../../../src/domain/jobs/configuration.ts';
import { triggerMinutes } from '../../../../src/domain/schedule/triggers/bounds.ts';
import type { Trigger, TriggerKind } from '../../../../src/domain/schedule/triggers/index.ts';

/** The keys of all kinds, so that nothing typed is lost when another kind is chosen. Empty while nobody has chosen. */
export interface TypedTrigger {
  readonly kind: TriggerKind;
  readonly job_id: string;
  readonly address: string;
  /** What changes of a table. */
  readonly change: 'column' | 'query' | 'metadata';
  readonly column: string;
  readonly query: string;
  readonly at_most_every_minutes: number | '';
  readonly deadline: string | null;
}

export const blankTrigger: TypedTrigger = {
  kind: 'after_job',
  job_id: '',
  address: '',
  change: 'column',
  column: '',
  query: '',
  at_most_every_minutes: triggerMinutes.usual,
  deadline: null,
};

/** A saved trigger in the form. */
export const typedTrigger = (saved: Trigger | undefined): TypedTrigger => ({
  ...blankTrigger,
  ...saved,
  address: (saved?.kind === 'object' && saved.address) || '',
  ...(saved?.kind === 'table' && {
    change: saved.query !== null ? 'query' : saved.column === null ? 'metadata' : 'column',
  }),
  column: (saved?.kind === 'table' && saved.column) || '',
  query: (saved?.kind === 'table' && saved.query) || '',
});

/** Nothing while it is not chosen what the job waits for: the server asks for it. */
export function sentTrigger(typed: TypedTrigger): Pick<JobConfiguration, 'trigger'> {
  const trigger = ofKind(typed);
  return trigger ? { trigger } : {};
}

function ofKind({
  kind,
  job_id,
  address,
  change,
  column,
  query,
  at_most_every_minutes,
  deadline,
}: TypedTrigger): Trigger | undefined {
  const bounds = { at_most_every_minutes: at_most_every_minutes || triggerMinutes.usual, deadline };
  switch (kind) {
    case 'after_job':
      return job_id === '' ? undefined : { kind, job_id, ...bounds };
    case 'object':
      return { kind, address: address.trim() || null, ...bounds };
    case 'table': {
      // The server asks for what is not chosen yet.
      if (change === 'column' ? !column : change === 'query' && !query.trim()) return undefined;
      return {
        kind,
        column: change === 'column' ? column : null,
        query: change === 'query' ? query.trim() : null,
        ...bounds,
      };
    }
    case 'webhook':
      return { kind, ...bounds };
  }
}

/** The one thing that a person can do about an audience. Pure. */
import type { HealthConcern } from '../../contracts/health-report.ts';
import type { JobView } from '../../contracts/jobs.ts';
import type { AttentionAction } from '../../contracts/overview.ts';

type Facts = Pick<JobView, 'actions' | 'waits_for' | 'error' | 'authorization_id' | 'source_authorization_id'>;

/** By the worst concern; each list begins with the best action, and the first possible one is taken. */
const wanted: Readonly<Record<HealthConcern, readonly AttentionAction[]>> = {
  failed: ['replace_key', 'edit', 'continue', 'run_now', 'resume'],
  needs_approval: ['approve', 'run_now'],
  incomplete: ['continue', 'run_now', 'resume'],
  waiting: ['replace_key', 'run_now'],
  // Only a person can say whether the field, or its identifier type, is the wrong one.
  nobody_matched: ['look'],
  runs_empty: ['replace_key', 'approve', 'continue', 'resume', 'run_now'],
  // Only an ad that uses it helps.
  audience_unusable: ['look'],
  audience_ends: ['look'],
  open_alert: ['look'],
  late: ['run_now'],
  retrying: ['run_now'],
  reach_fallen: ['look'],
  size_changed: ['look'],
  paused: ['resume'],
};

export function actionFor([worst]: readonly HealthConcern[], job: Facts): AttentionAction {
  return (worst && wanted[worst].find((action) => isPossible(action, job))) ?? 'look';
}

function isPossible(action: AttentionAction, { actions, waits_for, error }: Facts): boolean {
  switch (action) {
    case 'approve':
      return actions.includes('run_anyway');
    case 'replace_key':
      return waits_for === 'key';
    case 'edit':
      // Another run would find it gone, too.
      return error?.code === 'audience_not_found';
    case 'look':
      return true;
    default:
      return actions.includes(action);
  }
}

/**
 * The authorization whose key is refused. Null when it is not known: the error names it in its sentence, and there are
 * two.
 */
export function refusedAuthorization({ error, authorization_id, source_authorization_id }: Facts): string | null {
  if (error?.code === 'source_unauthorized') return source_authorization_id;
  const isEither = error?.code === 'credentials_lost' || error?.code === 'secret_unavailable';
  return isEither && source_authorization_id !== null ? null : authorization_id;
}

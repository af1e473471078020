/** How much of one audience is in others. */
import type { Reply } from '../../shared/reply.ts';
import { invalid } from '../refusal.ts';
import type { Call } from '../world.ts';
import { adAccountOf, audienceOf, fieldsOf, idField } from './checks.ts';

const mostCompared = 4;

/** `rate` is the share of the base's members that the compared audience holds too. */
export function estimateOverlap(call: Call): Reply {
  const account = adAccountOf(call);
  const { baseId, comparedIds } = fieldsOf(call.body);
  const base = audienceOf(call, account, idField(baseId, 'baseId'), 'baseId');
  if (comparedIds === undefined) throw invalid('REQUIRED', 'comparedIds');
  if (!Array.isArray(comparedIds) || comparedIds.length < 1 || comparedIds.length > mostCompared) {
    throw invalid('INVALID_VALUE', 'comparedIds', `comparedIds must be a list of 1 to ${mostCompared} ids`);
  }
  const estimations: Record<string, { rate: number }> = {};
  for (const value of comparedIds) {
    const compared = audienceOf(call, account, idField(value, 'comparedIds'), 'comparedIds');
    const shared = base.members.shared(compared.members);
    estimations[compared.id] = {
      rate: Math.round((10_000 * shared) / Math.max(1, base.members.size)) / 10_000,
    };
  }
  return { status: 200, json: { estimations } };
}

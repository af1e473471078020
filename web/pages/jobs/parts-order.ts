/** The order of the audiences of a split job: what needs a person comes first, then vanished values, then others. */
import type { JobPart } from '../../../src/contracts/job-rows.ts';
import { conditionOrder } from './lines.ts';

/** The conditions up to `retrying` are trouble; so is what the status of the job does not say. */
const placeOf = ({
  condition,
  incomplete_at_line: incomplete,
  open_alerts: alerts,
  is_in_last_scan,
}: JobPart): number => {
  const place = conditionOrder(condition);
  const calm = conditionOrder('running');
  if (place < calm) return place;
  if (incomplete || alerts > 0) return calm;
  return is_in_last_scan ? calm + 2 : calm + 1;
};

export const troubleFirst = (parts: readonly JobPart[]): JobPart[] =>
  parts.toSorted((part, other) => placeOf(part) - placeOf(other) || part.value.localeCompare(other.value));

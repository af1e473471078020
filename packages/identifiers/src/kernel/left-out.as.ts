// Which accepted values of an audience get no line, although they are valid: those that are on a list of people who
// must be left out, those that are on the erasure list, and those that are held out. The lists come before the
// audience, one stream each, and give no lines.
import { isErased, leavesOutErased } from './erased.as';
import { holdsOut, isHeldOut } from './hold-out.as';
import { ACCEPTED_SIZE, FINGERPRINTS, FRESH, JUDGED, LEFT_OUT } from './layout.as';
import { add, ERASED, HELD_OUT, LIST_SUM, suppressedBy } from './outcomes.as';
import { slot } from './place.as';

let hasLists: bool = false;

export function prepareLeftOut(withLists: bool): void {
  hasLists = withLists;
}

export function beginJudging(): void {
  store<u32>(slot, 0, JUDGED);
  store<u32>(slot, 0, LEFT_OUT);
}

/**
 * Counts the values of the slot's block that are left out, and marks them as known, so that they get no line. Once a
 * block.
 */
export function leaveOut(): void {
  if (!(hasLists || leavesOutErased() || holdsOut()) || load<u32>(slot, JUDGED)) return;
  store<u32>(slot, 1, JUDGED);
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  let suppressed: u32 = 0, erased: u32 = 0, heldOut: u32 = 0;
  for (let entry: usize = 0; entry < size; entry++) {
    const found = <usize>load<u8>(slot + entry, FRESH);
    // The order is part of the rules: a person on a list belongs to neither side of an experiment.
    if (found > 1) {
      add(suppressedBy(found - 1), 1);
      suppressed++;
    } else if (leavesOutErased() && isErased(entry)) erased++;
    else if (holdsOut() && isHeldOut(entry)) heldOut++;
    else continue;
    store<u8>(slot + entry, 0, FRESH);
  }
  add(ERASED, erased);
  add(HELD_OUT, heldOut);
  store<u32>(slot, suppressed + erased + heldOut, LEFT_OUT);
}

/** Takes the slot's block of a list, whose values are in the set by now. */
export function takeList(): void {
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  let sum: u64 = 0;
  for (let entry: usize = 0; entry < size; entry++) sum += load<u64>(slot + entry * 8, FINGERPRINTS);
  add(LIST_SUM, sum);
}

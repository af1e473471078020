// Which accepted values of an audience get no line, although they are valid: those that are on a list of people who
// must be left out, those that are on the erasure list, and those that are held out. The lists come before the
// audience, one stream each, and give no lines.
import { isErased, leavesOutErased } from './erased.as';
import { holdsOut, isHeldOut } from './hold-out.as';
import { ACCEPTED_SIZE, FINGERPRINTS, FRESH, JUDGED, LEFT_OUT } from './layout.as';
import { copyLines, UNSENT_BIT } from './members.as';
import { add, ERASED, HELD_OUT, LIST_SUM, suppressedBy } from './outcomes.as';
import { slot } from './place.as';

/** As in members.as.ts: the number of a list. */
const ON_A_LIST: u64 = 15;

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

/**
 * Notes in the set which lines are not sent. All values of the same line have the same note. When all are known, and
 * before they are looked up.
 */
export function noteUnsent(): void {
  if (!leavesOutErased() && !holdsOut()) return;
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  for (let entry: usize = 0; entry < size; entry++) {
    const isUnsent = (leavesOutErased() && isErased(entry)) || (holdsOut() && isHeldOut(entry));
    const address = slot + entry * 8;
    const line = load<u64>(address, FINGERPRINTS) & ~UNSENT_BIT;
    store<u64>(address, isUnsent ? line | UNSENT_BIT : line, FINGERPRINTS);
  }
}

/**
 * Puts what identifies the lines of the audience in one partition of the set into the workspace, 8 bytes each: of the
 * same line the same in each run. When all blocks are written. Returns how many bytes.
 */
export function linesIn(partition: usize): usize {
  return copyLines(partition, (hasLists ? ON_A_LIST : 0) | (leavesOutErased() || holdsOut() ? UNSENT_BIT : 0));
}

/** Takes the slot's block of a list, whose values are in the set by now. */
export function takeList(): void {
  const size = <usize>load<u32>(slot, ACCEPTED_SIZE);
  let sum: u64 = 0;
  for (let entry: usize = 0; entry < size; entry++) sum += load<u64>(slot + entry * 8, FINGERPRINTS);
  add(LIST_SUM, sum);
}

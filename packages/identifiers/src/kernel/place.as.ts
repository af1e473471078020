// Where this instance works: in its own workspace, and in the slot of the block that it works on.
import { slotAt, workspaceOf } from './layout.as';

export let workspace: usize = 0;
export let slot: usize = 0;

export function takeWorkspace(instance: usize): void {
  workspace = workspaceOf(instance);
}

@inline
export function enterSlot(index: usize): void {
  slot = slotAt(index);
}

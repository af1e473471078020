/** Where a run works: it leaves its place to others while it waits for a turn or for LINE. */
import type { WaitOptions, WorkPlace } from '../contracts/ports.ts';
import type { ExportContext, ExportProgress } from './context.ts';

/** For whoever has but one run: there is always a place. */
export const placeForAll: WorkPlace = { take: async () => {}, leave: () => {} };

/** Waits for a place, unless the run has one. */
export function takePlace({ place, signal, onProgress }: ExportContext): Promise<void> {
  return place.take({ signal, onWait: () => onProgress({ stage: 'queue', what: 'place' }) });
}

/** How to wait for a turn: the place is others' meanwhile. */
export const waitingFor = (
  { place, signal, onProgress }: ExportContext,
  what: Extract<ExportProgress, { stage: 'queue' }>['what'],
): WaitOptions => ({
  signal,
  onWait: () => {
    onProgress({ stage: 'queue', what });
    place.leave();
  },
});

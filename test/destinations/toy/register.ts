/** Puts the toy into the registries of this process, as the entries of the page do it in the source. */
import { onTestFinished } from 'vitest';
import { destinationKinds } from '../../../src/destinations/kinds.ts';
import { destinations } from '../../../src/domain/destinations/index.ts';
import { toyTraits } from './traits.ts';

/** Until the end of the test. */
export function registerToy(): void {
  for (const [list, entry] of [
    [destinations, toyTraits],
    [destinationKinds, { id: toyTraits.id, load: async () => import('./connect.ts') }],
  ] as unknown as [unknown[], unknown][]) {
    list.push(entry);
    onTestFinished(() => void list.splice(list.indexOf(entry), 1));
  }
}

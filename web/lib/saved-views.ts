/** Named views of the list of jobs: a name and what stands in the address. Each person's own, in this browser. */
import type { JobsFilter } from './jobs-filter.ts';

export interface SavedView {
  readonly name: string;
  readonly search: JobsFilter;
}

export const MAX_VIEWS = 30;
export const MAX_VIEW_NAME = 60;

const none: readonly SavedView[] = [];

/** Without what is no view. */
export function parsed(text: string): readonly SavedView[] {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found)
      ? found.filter(
          (view): view is SavedView =>
            typeof view?.name === 'string' && typeof view.search === 'object' && view.search !== null,
        )
      : none;
  } catch {
    return none;
  }
}

/** A view with the same name is replaced. By name. */
export const withView = (views: readonly SavedView[], view: SavedView): readonly SavedView[] =>
  [...views.filter(({ name }) => name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name));

/** Without the page of the list, and without what is empty. */
export function lasting({ cursor: _, ...search }: JobsFilter): JobsFilter {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

export function isSameView(a: JobsFilter, b: JobsFilter): boolean {
  const entries = (search: JobsFilter) => JSON.stringify(Object.entries(lasting(search)).sort());
  return entries(a) === entries(b);
}

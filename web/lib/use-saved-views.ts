/** The saved views of the person, in the storage of this browser. */
import { useSyncExternalStore } from 'react';
import { useMe } from './me.ts';
import { parsed, type SavedView, withView } from './saved-views.ts';

const nameOf = (person: string): string => `lineup.views.${person}`;
const listeners = new Set<() => void>();

/** The text that was read last, so that the same views are the same object. */
let last: { readonly text: string; readonly views: readonly SavedView[] } = { text: '', views: [] };

function read(person: string): readonly SavedView[] {
  const text = localStorage.getItem(nameOf(person)) ?? '';
  if (text !== last.text) last = { text, views: parsed(text) };
  return last.views;
}

export function useSavedViews() {
  const { id } = useMe();
  const views = useSyncExternalStore(listen, () => read(id));
  const write = (changed: readonly SavedView[]) => {
    localStorage.setItem(nameOf(id), JSON.stringify(changed));
    for (const listener of listeners) listener();
  };
  return {
    views,
    save: (view: SavedView) => write(withView(read(id), view)),
    remove: (name: string) => write(read(id).filter((view) => view.name !== name)),
  };
}

function listen(changed: () => void): () => void {
  listeners.add(changed);
  // Of another tab.
  addEventListener('storage', changed);
  return () => {
    listeners.delete(changed);
    removeEventListener('storage', changed);
  };
}

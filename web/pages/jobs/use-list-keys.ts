/** The keys of the list of jobs. */
import { type RefObject, useLayoutEffect, useRef } from 'react';
import { hasSingleKeys, takesKeys } from '../../lib/pressed-keys.ts';
import { commandOf } from '../../lib/shortcuts.ts';
import type { TableKeys } from './table.tsx';

interface ListKeys {
  readonly keys: RefObject<TableKeys | null>;
  readonly field: RefObject<HTMLInputElement | null>;
  /** `Esc` was pressed. */
  readonly onClear: () => void;
}

export function useListKeys(given: ListKeys): void {
  const latest = useRef(given);
  latest.current = given;
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { keys, field, onClear } = latest.current;
      const target = event.target as Element | null;
      const command = commandOf(event, takesKeys(target), hasSingleKeys());
      if (event.defaultPrevented || command === undefined) return;
      // A dialog or an open list closes with this key; any other field keeps what is typed.
      if (command === 'clear' && takesKeys(target) && target !== field.current) return;
      if (document.querySelector('[role="dialog"][aria-modal="true"]')) return;
      if (command === 'down' || command === 'up') keys.current?.move(command === 'down' ? 1 : -1);
      else if (command === 'select') keys.current?.select();
      else if (command === 'search') field.current?.focus();
      else if (command === 'clear') onClear();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

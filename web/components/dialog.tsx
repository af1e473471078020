/** A dialog over the page. It takes the focus, and gives it back when it goes; its window comes with the first one. */
import { type ReactNode, useEffect, useState } from 'react';
import { later, prepare, useLater } from '../lib/later.ts';

const modal = later(() => import('./modal.tsx'));
export const fetchDialog = (): void => prepare(modal);

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** @default true: it is there as long as it is rendered */
  readonly opened?: boolean;
  readonly children: ReactNode;
}

/** What had the focus last on the page itself: the items of menus and of other dialogs come and go. */
let last: HTMLElement | null = null;
document.addEventListener('focusin', ({ target }) => {
  if (target instanceof HTMLElement && !target.closest('[role="menu"], [role="dialog"]')) last = target;
});

/** To what opened the dialog, or to the heading when that is gone; not from whatever has taken it meanwhile. */
function giveFocusBack(): void {
  if (document.activeElement !== document.body) return;
  const opener = last?.isConnected ? last : document.querySelector<HTMLElement>('h1');
  opener?.focus();
}

export function Dialog({ opened = true, ...props }: DialogProps) {
  const [wanted, setWanted] = useState(opened);
  if (opened && !wanted) setWanted(true);
  useEffect(() => {
    if (!opened) return;
    // When it has gone.
    return () => void setTimeout(giveFocusBack);
  }, [opened]);
  const part = useLater(modal, wanted);
  return part && <part.Modal opened={opened} {...props} />;
}

/**
 * A dialog over the page. It takes the focus, and returns it when it closes. Its code is loaded with the first dialog.
 */
import { type ReactNode, useEffect, useState } from 'react';
import { later, preload, useLater } from '../lib/later.ts';

const modal = later(() => import('./modal.tsx'));
export const fetchDialog = (): void => preload(modal);

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** @default true: open as long as it is rendered */
  readonly opened?: boolean;
  /** Or what makes it, with code that is loaded with the dialog. */
  readonly children: ReactNode | ((loaded: typeof import('./modal.tsx')) => ReactNode);
}

/**
 * The last element of the page itself that had the focus. Items of menus and dialogs are not remembered: they
 * disappear.
 */
let last: HTMLElement | null = null;
document.addEventListener('focusin', ({ target }) => {
  if (target instanceof HTMLElement && !target.closest('[role="menu"], [role="dialog"]')) last = target;
});

/**
 * Focuses the element that opened the dialog, or the heading when that element is gone. It takes the focus from no
 * other element.
 */
function giveFocusBack(): void {
  if (document.activeElement !== document.body) return;
  const opener = last?.isConnected ? last : document.querySelector<HTMLElement>('h1');
  opener?.focus();
}

export function Dialog({ opened = true, children, ...props }: DialogProps) {
  const [wanted, setWanted] = useState(opened);
  if (opened && !wanted) setWanted(true);
  useEffect(() => {
    if (!opened) return;
    // After the dialog has disappeared.
    return () => void setTimeout(giveFocusBack);
  }, [opened]);
  const part = useLater(modal, wanted);
  return (
    part && (
      <part.Modal opened={opened} {...props}>
        {typeof children === 'function' ? children(part) : children}
      </part.Modal>
    )
  );
}

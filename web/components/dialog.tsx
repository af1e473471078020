/** A dialog over the page. It takes the focus, and gives it back when it goes; its window comes with the first one. */
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';

const openModal = () => import('./modal.tsx');
const Modal = lazy(openModal);

/** Has it here before somebody wants it, and the server is perhaps away. */
export const fetchDialog = (): void => void openModal().catch(() => {});

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
  return (
    wanted && (
      <Suspense>
        <Modal opened={opened} {...props} />
      </Suspense>
    )
  );
}

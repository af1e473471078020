/** A dialog over the page. It takes the focus, and gives it back when it goes. */
import { Modal } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useSpeech } from '../i18n/provider.tsx';

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

export function Dialog({ title, onClose, opened = true, children }: DialogProps) {
  const { t } = useSpeech();
  useEffect(() => {
    if (!opened) return;
    // When it has gone.
    return () => void setTimeout(giveFocusBack);
  }, [opened]);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {children}
    </Modal>
  );
}

/** A word at the corner of the page: something was done, or failed where no place of its own shows it. */
import type { NotificationData } from '@mantine/notifications';
import { createElement, type ReactNode } from 'react';
import type { LocalizedText } from '../../src/domain/text/sentence.ts';
import { Translated, useTranslation } from '../i18n/provider.tsx';
import { openCorner } from './corner.tsx';
import { useErrorLine, useErrorText } from './states.tsx';
import type { Undo } from './toasts.tsx';

type Shown = Omit<NotificationData, 'message'> & {
  readonly message: ReactNode | ((parts: typeof import('./toasts.tsx'), id: string) => ReactNode);
};

let shown = 0;

/** Fetched when there is something to say. */
const show = async ({ message, ...toast }: Shown): Promise<void> => {
  openCorner();
  const parts = await import('./toasts.tsx');
  shown += 1;
  const id = `toast-${shown}`;
  parts.notifications.show({ ...toast, id, message: typeof message === 'function' ? message(parts, id) : message });
};

export function useToast() {
  const { t } = useTranslation();
  const closeButtonProps = { 'aria-label': t('action.close') };
  const notUndone = (error: Error) =>
    void show({
      color: 'red',
      title: t('toast.notUndone'),
      message: createElement(ExplainedInOneLine, { error }),
      closeButtonProps,
    });
  return {
    /** @param undo when it can be undone */
    done: (message: string, undo?: Undo) =>
      void show({
        color: 'line',
        message: undo
          ? ({ Undoable }, id) => createElement(Undoable, { id, message, undo, onFailed: notUndone })
          : message,
        closeButtonProps,
      }),
    /** @param detail in words already, or as the server said it */
    warn: (title: string, detail: string | LocalizedText) =>
      void show({
        color: 'orange',
        title,
        message: typeof detail === 'string' ? detail : createElement(Translated, { text: detail }),
        closeButtonProps,
      }),
    failed: (error: Error) =>
      void show({
        color: 'red',
        title: createElement(Explained, { error, part: 'title' }),
        message: createElement(Explained, { error, part: 'detail' }),
        closeButtonProps,
      }),
  };
}

const Explained = ({ error, part }: { error: Error; part: 'title' | 'detail' }) => useErrorText()(error)[part];

const ExplainedInOneLine = ({ error }: { error: Error }) => useErrorLine()(error);

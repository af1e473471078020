/** A word at the corner of the page: something was done, or failed where no place of its own shows it. */
import type { NotificationData } from '@mantine/notifications';
import { createElement } from 'react';
import type { LocalizedText } from '../../src/domain/text/sentence.ts';
import { Translated, useTranslation } from '../i18n/provider.tsx';
import { openCorner } from './corner.tsx';
import { useErrorText } from './states.tsx';

/** Fetched when there is something to say. */
const show = async (toast: NotificationData): Promise<void> => {
  openCorner();
  const { notifications } = await import('./toasts.tsx');
  notifications.show(toast);
};

export function useToast() {
  const { t } = useTranslation();
  const closeButtonProps = { 'aria-label': t('action.close') };
  return {
    done: (message: string) => void show({ color: 'line', message, closeButtonProps }),
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

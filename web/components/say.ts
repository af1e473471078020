/** A word at the corner of the page: something was done, or failed where no place of its own shows it. */
import { notifications } from '@mantine/notifications';
import { useSpeech } from '../i18n/provider.tsx';
import { useExplain } from './states.tsx';

export function useSay() {
  const { t } = useSpeech();
  const explain = useExplain();
  const closeButtonProps = { 'aria-label': t('action.close') };
  return {
    done: (message: string) => notifications.show({ color: 'line', message, closeButtonProps }),
    warn: (title: string, message: string) =>
      notifications.show({ color: 'orange', title, message, closeButtonProps }),
    failed: (error: Error) => {
      const { title, detail } = explain(error);
      notifications.show({ color: 'red', title, message: detail, closeButtonProps });
    },
  };
}

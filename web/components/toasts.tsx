/** The toasts in the corner of the page. Loaded after the page. */
import { Notifications } from '@mantine/notifications';
import '@mantine/notifications/styles.css';

export { notifications } from '@mantine/notifications';

export function Toasts() {
  return <Notifications position="bottom-right" />;
}

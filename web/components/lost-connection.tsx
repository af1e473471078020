/** Says that the data on the screen is old, because the server cannot be reached. The page retries by itself. */
import { Group, Text } from '@mantine/core';
import { ApiError } from '../api/client.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { WarningIcon } from './icons.tsx';

/** Whether the latest attempt of a query did not reach the server. */
export const isUnreachable = (error: Error | null): boolean =>
  error instanceof ApiError && error.code === 'unreachable';

/** Always rendered, so that screen readers announce its text when it appears. */
export function LostConnection({ lost }: { lost: boolean }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="lost-connection">
      {lost && (
        <Group gap={8} wrap="nowrap" className="card" px="md" py={8}>
          <span style={{ color: 'var(--lineup-care)', flex: 'none', display: 'flex' }}>
            <WarningIcon />
          </span>
          <Text fz="sm">{t('connection.lost')}</Text>
        </Group>
      )}
    </div>
  );
}

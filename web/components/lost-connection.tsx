/** What is shown is from before: the server cannot be reached, and is asked again by itself. */
import { Group, Text } from '@mantine/core';
import { ApiError } from '../api/client.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { WarningIcon } from './icons.tsx';

/** Whether a query's latest attempt found nobody. */
export const isUnreachable = (error: Error | null): boolean =>
  error instanceof ApiError && error.code === 'unreachable';

/** Always there, so that its words are read aloud when they come. */
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

/** Forward through a long list; the browser's own "back" leads back, for each page has its address. */
import { Button, Group } from '@mantine/core';
import { useSpeech } from '../i18n/provider.tsx';

interface PagerProps {
  readonly cursor: string | undefined;
  readonly next: string | null;
  readonly onGo: (cursor: string | undefined) => void;
}

export function Pager({ cursor, next, onGo }: PagerProps) {
  const { t } = useSpeech();
  if (!cursor && !next) return null;
  return (
    <Group justify="flex-end" gap="xs">
      {cursor && (
        <Button size="xs" variant="default" onClick={() => onGo(undefined)}>
          {t('list.first')}
        </Button>
      )}
      {next && (
        <Button size="xs" variant="default" onClick={() => onGo(next)}>
          {t('list.next')}
        </Button>
      )}
    </Group>
  );
}

/** Leads forward through a long list. The browser's "back" leads back, because each page has its own address. */
import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from '../i18n/provider.tsx';

interface PagerProps {
  readonly cursor: string | undefined;
  readonly next: string | null;
  readonly onGo: (cursor: string | undefined) => void;
  /** Which part of the whole list this page shows, if known. */
  readonly part?: {
    readonly before: number;
    readonly shown: number;
    readonly total: number;
    /** When the whole list was read, if that is worth telling. */
    readonly asOf?: number | null;
  };
}

export function Pager({ cursor, next, onGo, part }: PagerProps) {
  const { t, format } = useTranslation();
  if (!cursor && !next && !part) return null;
  return (
    <Group justify="flex-end" gap="xs">
      {part && (
        <Text fz="sm" c="dimmed" mr="auto" role="status">
          {t('list.part', {
            from: Math.min(part.before + 1, part.total),
            to: part.before + part.shown,
            total: part.total,
          })}
          {part.asOf != null && ` · ${t('list.asOf', { time: format.clock(part.asOf) })}`}
        </Text>
      )}
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

/** How far a file is on its way. */
import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from '../../i18n/provider.tsx';

interface SendingProps {
  readonly file: File;
  /** 0 to 1 */
  readonly share: number;
  readonly onCancel: () => void;
}

export function Sending({ file, share, onCancel }: SendingProps) {
  const { t, format } = useTranslation();
  return (
    <Stack gap={6}>
      <Group justify="space-between" wrap="nowrap">
        <Text fz="sm" fw={550} style={{ overflowWrap: 'anywhere' }}>
          {file.name}
        </Text>
        <Button size="xs" variant="default" flex="none" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </Group>
      <Progress value={share * 100} aria-label={t('upload.sending', { name: file.name })} />
      <Text fz="xs" c="dimmed" role="status">
        {share < 1
          ? t('upload.progress', {
              sent: format.bytes(file.size * share),
              size: format.bytes(file.size),
            })
          : t('upload.checking')}
      </Text>
    </Stack>
  );
}

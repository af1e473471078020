/** Shows a secret once: a token or a link. */
import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from '../i18n/provider.tsx';
import { useCopy } from './copyable.tsx';
import { Dialog } from './dialog.tsx';

interface OneTimeProps {
  readonly title: string;
  readonly detail: string;
  readonly secret: string;
  readonly onClose: () => void;
}

export function OneTime({ title, detail, secret, onClose }: OneTimeProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy(secret);
  return (
    <Dialog onClose={onClose} title={title}>
      <Stack gap="md">
        <Text fz="sm">{detail}</Text>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {secret}
        </Code>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={copy} aria-live="polite">
            {t(copied ? 'action.copied' : 'action.copy')}
          </Button>
          <Button onClick={onClose}>{t('action.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Shows a secret once: a token or a link. */
import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from '../i18n/provider.tsx';
import { Dialog } from './dialog.tsx';

interface OneTimeProps {
  readonly title: string;
  readonly detail: string;
  readonly secret: string;
  readonly onClose: () => void;
}

export function OneTime({ title, detail, secret, onClose }: OneTimeProps) {
  const { t } = useTranslation();
  return (
    <Dialog onClose={onClose} title={title}>
      <Stack gap="md">
        <Text fz="sm">{detail}</Text>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {secret}
        </Code>
        <Group justify="flex-end" gap="xs">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy} aria-live="polite">
                {t(copied ? 'action.copied' : 'action.copy')}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>{t('action.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

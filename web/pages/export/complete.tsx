/** The button under the form, what it does, and what it asks before it does that for nobody. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from '../../i18n/provider.tsx';

interface CompleteProps {
  readonly label: string;
  /** What happens then. */
  readonly hint?: string;
  readonly isSaving: boolean;
  /** The preview has read everything, and no member is valid. */
  readonly isEmpty: boolean;
}

export function CompleteButton({ label, hint, isSaving, isEmpty }: CompleteProps) {
  const { t } = useTranslation();
  return (
    <Stack gap={6} mt="xs">
      <Group>
        <Button type="submit" size="md" loading={isSaving} aria-describedby="complete-hint">
          {label}
        </Button>
      </Group>
      <Text id="complete-hint" fz="sm" c="dimmed">
        {isEmpty && (
          <Text component="span" fz="inherit" fw={600} c="var(--mantine-color-text)" role="alert">
            {t('preview.none')}{' '}
          </Text>
        )}
        {hint}
      </Text>
    </Stack>
  );
}

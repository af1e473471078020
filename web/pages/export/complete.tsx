/** The button under the form, what it does, and what it asks before it does that for nobody. */
import { Button, Group, Stack, Text } from '@mantine/core';

interface CompleteProps {
  readonly label: string;
  /** What happens then. */
  readonly hint?: string;
  readonly isSaving: boolean;
  /** The preview has read everything, and nothing would be sent. */
  readonly warning: string | undefined;
}

export function CompleteButton({ label, hint, isSaving, warning }: CompleteProps) {
  return (
    <Stack gap={6} mt="xs">
      <Group>
        <Button type="submit" size="md" loading={isSaving} aria-describedby="complete-hint">
          {label}
        </Button>
      </Group>
      <Text id="complete-hint" fz="sm" c="dimmed">
        {warning && (
          <Text component="span" fz="inherit" fw={600} c="var(--mantine-color-text)" role="alert">
            {warning}{' '}
          </Text>
        )}
        {hint}
      </Text>
    </Stack>
  );
}

/** A group of fields in a section: its heading, and a sentence about it. */
import { Box, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface OptionSectionProps {
  readonly title: string;
  readonly hint: string;
  /** Where an error of the whole group belongs. */
  readonly path: string;
  readonly error?: ReactNode;
  readonly children: ReactNode;
}

export function OptionSection({ title, hint, path, error, children }: OptionSectionProps) {
  return (
    <Box component="fieldset" m={0} p={0} bd={0} miw={0} data-path={path}>
      <Box component="legend" p={0}>
        <Text component="h3" fz={15} fw={650} m={0}>
          {title}
        </Text>
      </Box>
      <Text fz="xs" c="dimmed" lh="sm" mt={2} mb="sm">
        {hint}
      </Text>
      {children}
      {error && (
        <Text fz="sm" c="var(--mantine-color-error)" role="alert" mt="xs">
          {error}
        </Text>
      )}
    </Box>
  );
}

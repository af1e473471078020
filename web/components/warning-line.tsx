/** What a person should notice, in a line beside other things. */
import { Group, type GroupProps, Text } from '@mantine/core';
import type { LocalizedText } from '../../src/domain/text/sentence.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { WarningIcon } from './icons.tsx';

interface WarningLineProps extends GroupProps {
  readonly isSmall?: boolean;
  /** Within a text. */
  readonly component?: 'span';
}

/** A sign, and the text after it. */
export const WarningLine = ({ isSmall = false, children, ...props }: WarningLineProps) => (
  <Group gap={isSmall ? 6 : 8} wrap="nowrap" align="flex-start" {...props}>
    <span style={{ color: 'var(--lineup-care)', flex: 'none', marginTop: 2 }}>
      <WarningIcon size={isSmall ? 14 : 18} />
    </span>
    {children}
  </Group>
);

/** A notice of the API about what a person has chosen. */
export function WarningNote({ text }: { text: LocalizedText }) {
  const { translate } = useTranslation();
  return (
    <WarningLine role="status">
      <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
        {translate(text)}
      </Text>
    </WarningLine>
  );
}

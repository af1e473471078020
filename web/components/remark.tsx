/** What somebody should know of what they chose: in the API's own words. */
import { Group, Text } from '@mantine/core';
import type { LocalizedText } from '../../src/contracts/sentence.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { WarningIcon } from './icons.tsx';

export function Remark({ told }: { told: LocalizedText }) {
  const { translate } = useTranslation();
  return (
    <Group gap={8} wrap="nowrap" align="flex-start" role="status">
      <span style={{ color: 'var(--lineup-care)', flex: 'none', marginTop: 2 }}>
        <WarningIcon />
      </span>
      <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
        {translate(told)}
      </Text>
    </Group>
  );
}

/** The warning about a list without a field for a job's identifier type: it keeps nobody out of that job's audience. */
import { Group, Text } from '@mantine/core';
import type { IdentifierType } from '../../../src/contracts/requests.ts';
import type { SuppressionList } from '../../../src/contracts/suppression-lists.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export const hasFieldFor = ({ fields }: Pick<SuppressionList, 'fields'>, type: IdentifierType): boolean =>
  fields[type] !== undefined;

export function NoField({ type }: { type: IdentifierType }) {
  const { t } = useTranslation();
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" component="span" mt={2}>
      <span style={{ color: 'var(--lineup-care)', flex: 'none', marginTop: 2 }}>
        <WarningIcon size={14} />
      </span>
      <Text fz="xs" span>
        {t('suppression.noField', { type: t(`identifier.${type}`) })}
      </Text>
    </Group>
  );
}

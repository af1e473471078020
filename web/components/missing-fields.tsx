/** The warnings about a list without a field for an identifier type of a job: it keeps nobody out of that audience. */
import { Text } from '@mantine/core';
import type { IdentifierType } from '../../src/domain/audiences/requests.ts';
import type { SuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { missingTypes } from '../lib/missing-types.ts';
import { WarningLine } from './warning-line.tsx';

interface MissingFieldsProps {
  readonly list: Pick<SuppressionList, 'fields'>;
  /** The identifier types of the job. */
  readonly types: readonly IdentifierType[];
}

/** A warning for each type of a job that a list has no field for. */
export function MissingFields({ list, types }: MissingFieldsProps) {
  const missing = missingTypes(list, types);
  return missing.map((type) => <NoField key={type} type={type} isPartial={missing.length < types.length} />);
}

interface NoFieldProps {
  readonly type: IdentifierType;
  /** The list has a field for another identifier of the job. */
  readonly isPartial?: boolean;
}

export function NoField({ type, isPartial = false }: NoFieldProps) {
  const { t } = useTranslation();
  return (
    <WarningLine isSmall component="span" mt={2}>
      <Text fz="xs" span>
        {t(isPartial ? 'suppression.noField.partly' : 'suppression.noField', {
          type: t(`identifier.${type}`),
        })}
      </Text>
    </WarningLine>
  );
}

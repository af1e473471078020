/** Below an identifier field: its first values, masked, and how many members have one. */
import { Code, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { SampleRequest } from '../../src/contracts/sources.ts';
import { sampleQuery } from '../api/sources.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useMe } from '../lib/me.ts';
import type { ReadSource } from './read-source.ts';

const SHOWN = 3;

interface FirstValuesProps {
  readonly source: ReadSource;
  readonly request: SampleRequest;
}

/** Nothing of a query: each look at it is counted, and its values show what its author wants. */
export function FirstValues({ source, request }: FirstValuesProps) {
  const { t, format } = useTranslation();
  const { may } = useMe();
  const isWanted =
    may('sources.preview') && source.isQuery === false && source.fields.some(({ name }) => name === request.id_field);
  const { data } = useQuery({ ...sampleQuery(request), enabled: isWanted });
  if (!isWanted || !data?.filled || data.filled.of === 0) return null;
  const { filled, items } = data;
  const values = items.filter(({ value }) => value !== '').slice(0, SHOWN);
  return (
    <Text fz="xs" c="dimmed" mt={4} style={{ overflowWrap: 'anywhere' }}>
      {values.length > 0 && `${t('form.siblings.values')} `}
      {values.map(({ row, value }) => (
        <Code key={row} fz={12} me={6} display="inline-block">
          {value}
        </Code>
      ))}
      {t('form.id_field.filled', { share: format.percent(filled.members / filled.of), rows: filled.of })}
    </Text>
  );
}

/** The size of an existing audience now and after the export, shown before anything is saved. */
import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { shrinkage } from '../../../src/domain/audiences/size.ts';
import { customAudienceSizeQuery } from '../../api/custom-audiences.ts';
import { previewQuery } from '../../api/sources.ts';
import { WarningLine } from '../../components/warning-line.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { describeAudienceSize } from '../../lib/audience-size.ts';
import { shareOf } from '../../lib/percent.ts';
import { previewOf } from './request.ts';
import type { ExportValues } from './values.ts';

export interface SizeProps {
  readonly authorizationId: string;
  readonly values: ExportValues;
  /** The audience that is filled; empty for one that is to be made. */
  readonly audienceId: string;
}

function useHeld({ authorizationId, values, audienceId }: SizeProps) {
  const [account] = useDebouncedValue(values.configuration.adaccount_id.trim(), 500);
  return useQuery(customAudienceSizeQuery({ authorization_id: authorizationId, adaccount_id: account }, audienceId));
}

/** Below the choice of the audience: what it holds now. */
export function AudienceHolds(props: SizeProps) {
  const translation = useTranslation();
  const held = useHeld(props);
  if (props.audienceId === '' || held.isPending) return null;
  return (
    <Text fz="sm" c="dimmed" mt={-8} role="status">
      {held.data ? describeAudienceSize(held.data, translation) : translation.t('holds.failed')}
    </Text>
  );
}

/** Before the button: from how many members to how many, and whether the guard stops that. */
export function SizeChange(props: SizeProps) {
  const { t, format } = useTranslation();
  const { values, audienceId } = props;
  const held = useHeld(props).data;
  // The preview beside the form asks; here its answer is only read.
  const preview = useQuery({ ...previewQuery(previewOf(values)), enabled: false }).data;
  if (audienceId === '' || !held || !preview?.complete) return null;
  const { size } = held;
  const after = preview.counts.unique;
  const limit = shareOf(values.configuration.max_shrink);
  const verdict = after === 0 ? 'fits' : shrinkage(size, after, limit);
  return (
    <div role="status">
      <Text fz="sm" c="dimmed">
        {t('holds.change')}
      </Text>
      <Text fz="xl" fw={660} className="numbers" ta="left">
        {size === null ? '?' : format.number(size)} → {format.number(after)}
        {!!size && size !== after && (
          <Text span fz="md" c={verdict === 'fits' ? 'dimmed' : 'inherit'}>
            {' '}
            ({format.change((after - size) / size)})
          </Text>
        )}
      </Text>
      {verdict !== 'fits' && (
        <WarningLine mt={4}>
          <Text fz="sm">
            {verdict === 'shrinks' ? t('holds.stops', { limit: format.percent(limit) }) : t('holds.stops.unknown')}
          </Text>
        </WarningLine>
      )}
    </div>
  );
}

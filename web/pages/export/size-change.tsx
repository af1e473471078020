/** What the export would do to its audience, shown before anything is saved. */
import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { NewJob } from '../../../src/contracts/jobs.ts';
import { shrinkage } from '../../../src/domain/audiences/size.ts';
import { customAudienceSizeQuery } from '../../api/custom-audiences.ts';
import { useDestinationOfJob } from '../../api/providers.ts';
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
  readonly type: NewJob['type'];
  /** Of a saved job. */
  readonly jobId: string | undefined;
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

/** What the panel beside the form has found. It asks; here its answer is only read. */
const usePreviewed = ({ values, type, jobId }: SizeProps) =>
  useQuery({ ...previewQuery(previewOf(values, type, jobId)), enabled: false }).data;

function useSizeChange(props: SizeProps) {
  const { values, audienceId } = props;
  const held = useHeld(props).data;
  const preview = usePreviewed(props);
  if (audienceId === '' || !held || !preview?.complete) return null;
  const { size } = held;
  const after = preview.counts.unique;
  const limit = shareOf(values.configuration.max_shrink);
  return { size, after, limit, verdict: after === 0 ? 'fits' : shrinkage(size, after, limit) } as const;
}

/** From how many members to how many, and whether the guard stops that. */
export function SizeChange(props: SizeProps) {
  const { t, format } = useTranslation();
  const change = useSizeChange(props);
  if (!change) return null;
  const { size, after, limit, verdict } = change;
  return (
    <div role="status">
      <Text fz="sm" c="dimmed">
        {t('holds.change')}
      </Text>
      <Text fz="xl" fw={660} className="digits">
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

/** "5,800 valid of 6,000 · 3 chunks · replaces 5,912 members" */
export function ResultLine(props: SizeProps) {
  const { t } = useTranslation();
  const held = useHeld(props).data;
  const preview = usePreviewed(props);
  const replaces = useDestinationOfJob(props.type)?.modes.includes('replace') ?? true;
  const change = useSizeChange(props);
  if (!preview) return null;
  const { counts, chunks, siblings = [] } = preview;
  const parts = [
    t('form.bar.valid', { valid: counts.unique, rows: counts.rows }),
    siblings.length > 0 && t('form.siblings.count', { count: siblings.length }),
    t('form.bar.chunks', { chunks: siblings.reduce((sum, sibling) => sum + sibling.chunks, chunks) }),
    props.audienceId === ''
      ? t('form.bar.new')
      : replaces
        ? held && (held.size === null ? t('form.bar.unknown') : t('form.bar.replaces', { count: held.size }))
        : t('form.bar.adds'),
    replaces && change && change.verdict !== 'fits' && t('form.bar.stops'),
  ];
  return (
    <Text fz="sm" fw={600} style={{ fontVariantNumeric: 'tabular-nums' }}>
      {parts.filter(Boolean).join(' · ')}
    </Text>
  );
}

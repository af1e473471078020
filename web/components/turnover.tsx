/** Who joins an audience with a run, and who leaves it. */
import { Text } from '@mantine/core';
import type { Turnover } from '../../src/domain/runs/turnover.ts';
import { useTranslation } from '../i18n/provider.tsx';

export interface TurnoverLineProps {
  readonly turnover: Turnover;
  /** How many members the run has. */
  readonly total: number;
}

export function TurnoverLine({ turnover: { joining, leaving }, total }: TurnoverLineProps) {
  const { t } = useTranslation();
  const few = useFew();
  return (
    <Text fz="sm" mt={16} className="digits">
      {t('count.turnover', { joining: few(joining), leaving: few(leaving), total })}
    </Text>
  );
}

/** Fewer than ten are told to administrators alone. */
export function useFew() {
  const { format } = useTranslation();
  return (members: number | null) => (members === null ? '<10' : format.number(members));
}

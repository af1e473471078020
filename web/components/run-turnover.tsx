/** Who joins an audience with a run, and who leaves it, or why that is not shown. */
import { Text } from '@mantine/core';
import { isHidden } from '../../src/domain/runs/hidden-turnover.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { TurnoverLine, type TurnoverLineProps, useFew } from './turnover.tsx';

export function RunTurnover({ turnover, total }: TurnoverLineProps) {
  const { t } = useTranslation();
  if (!isHidden(turnover)) return <TurnoverLine turnover={turnover} total={total} />;
  return (
    <Text fz="sm" mt={16}>
      {t('count.turnover_hidden')}
    </Text>
  );
}

/** As "+1,204 −310", in a table. */
export function TurnoverCell({ turnover }: { turnover: TurnoverLineProps['turnover'] | undefined }) {
  const { t } = useTranslation();
  const few = useFew();
  if (!turnover) return '–';
  if (isHidden(turnover)) return <span title={t('count.turnover_hidden')}>{t('run.turnover_hidden')}</span>;
  return (
    <span className="digits">
      +{few(turnover.joining)} −{few(turnover.leaving)}
    </span>
  );
}

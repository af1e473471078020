/** Shows how much of an audience is also in up to four others. */
import { Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AdAccountRef, CustomAudience } from '../../../src/contracts/custom-audiences.ts';
import { overlapQuery } from '../../api/custom-audiences.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Select } from '../../components/select.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

interface OverlapDialogProps {
  readonly account: AdAccountRef;
  readonly audiences: readonly CustomAudience[];
  readonly onClose: () => void;
}

export function OverlapDialog({ account, audiences, onClose }: OverlapDialogProps) {
  const { t, format } = useTranslation();
  const [base, setBase] = useState(audiences[0]?.id ?? '');
  const compared = audiences.filter(({ id }) => id !== base);
  const request = { ...account, base_id: base, compared_ids: compared.map(({ id }) => id) };
  const overlap = useQuery(overlapQuery(request));
  return (
    <Dialog onClose={onClose} title={t('audiences.overlap')}>
      <Stack gap="md">
        <Select
          label={t('audiences.overlap.base')}
          allowDeselect={false}
          data={audiences.map(({ id, name }) => ({ value: id, label: name }))}
          value={base}
          onChange={(value) => value && setBase(value)}
        />
        {overlap.isPending && <LoadingRows rows={2} />}
        {overlap.isError && <Failure error={overlap.error} onRetry={() => overlap.refetch()} />}
        {overlap.data?.overlaps.map(({ id, rate }) => {
          const name = compared.find((audience) => audience.id === id)?.name ?? id;
          const share = rate === null ? t('audiences.overlap.unknown') : format.percent(rate);
          return (
            <div key={id}>
              <Text fz="sm" mb={4}>
                {t('audiences.overlap.rate', { name, share })}
              </Text>
              <Progress value={(rate ?? 0) * 100} aria-label={name} color="line.6" />
            </div>
          );
        })}
      </Stack>
    </Dialog>
  );
}

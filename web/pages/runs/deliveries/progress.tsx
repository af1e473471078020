/** A run with several identifiers: what goes on for each at this moment. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunDetail, RunProgress } from '../../../../src/contracts/run-progress.ts';
import type { RunDocument } from '../../../../src/domain/runs/run.ts';
import { deliveryProgressQuery } from '../../../api/runs.ts';
import { useTimeLeft } from '../../../components/run-progress.tsx';
import { Status } from '../../../components/status.tsx';
import { useTranslation } from '../../../i18n/provider.tsx';
import { withProgress } from '../../../lib/delivery-progress.ts';
import { shownStage } from '../../../lib/run-progress.ts';
import { ProgressDetail, progressText, RunStages } from '../progress.tsx';
import { type RunDelivery, useRunDeliveries } from './of-run.ts';

interface SeveralProps {
  readonly run: RunDetail;
  readonly document: RunDocument;
}

/** One scan is for all. Afterwards each identifier has its own progress. */
export function SeveralStages({ run, document }: SeveralProps) {
  const deliveries = useRunDeliveries(run, document);
  const { t } = useTranslation();
  const timeLeft = useTimeLeft();
  const { data: heard } = useQuery(deliveryProgressQuery(run.id));
  const { progress } = run;
  if (!progress || shownStage(progress) === 'scan') return <RunStages run={run} />;
  const now = withProgress(heard, progress);
  const sending = deliveries.map((delivery) => ({
    ...delivery,
    progress: isDone(delivery) || delivery.error ? undefined : now[delivery.delivery],
  }));
  const going = sending.flatMap((delivery) => delivery.progress ?? []);
  const longest = going.reduce((longer, other) => (leftOf(other) > leftOf(longer) ? other : longer), progress);
  const left = going.length > 0 && timeLeft(longest);
  return (
    <RunStages
      run={run}
      now={going.every(({ stage }) => stage === 'wait') ? 'wait' : 'upload'}
      said={sending
        .flatMap(({ title, progress: own }) =>
          own ? [`${title}${t('list.comma')}${progressText(t, shownStage(own), own)}`] : [],
        )
        .join('; ')}
    >
      {sending.map((delivery) => (
        <div key={delivery.delivery}>
          <Text fz="sm" fw={600} mb={4}>
            {delivery.title}
          </Text>
          <Sending {...delivery} />
        </div>
      ))}
      {left && (
        <Text fz="sm" c="dimmed">
          {left}
        </Text>
      )}
    </RunStages>
  );
}

const leftOf = (progress: RunProgress): number => ('left' in progress && progress.left?.ms) || 0;

const isDone = ({ result: { chunks } }: RunDelivery): boolean =>
  chunks.length > 0 && chunks.every(({ jobStatus }) => jobStatus === 'FINISHED');

function Sending(delivery: RunDelivery & { readonly progress: RunProgress | undefined }) {
  const { t, tIfKnown } = useTranslation();
  const { progress, error, result } = delivery;
  const { counts } = result;
  return (
    <Stack gap={4}>
      {error ? (
        <Text fz="sm" component="div">
          <Status tone="bad">{tIfKnown(`error.${error.code}`, t('error.other'))}</Status>
        </Text>
      ) : isDone(delivery) ? (
        <Text fz="sm" component="div">
          <Status tone="good">{t('progress.delivered')}</Status>
        </Text>
      ) : progress ? (
        <ProgressDetail
          progress={progress}
          run={{ unique: counts?.unique ?? null, uploaded: counts?.uploaded ?? null }}
        />
      ) : (
        <Text fz="sm" c="dimmed">
          {counts && counts.uploaded > 0 ? t('stage.upload') : t('progress.queued')}
        </Text>
      )}
      {counts && (
        <Text fz="xs" c="dimmed" className="digits">
          {t('run.sent', { sent: counts.uploaded, total: counts.unique })}
        </Text>
      )}
    </Stack>
  );
}

/** A run with several identifiers: what goes on for each at this moment, and its results. */
import { Alert, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunDocument, RunError } from '../../../src/contracts/run.ts';
import type { RunDetail, RunProgress } from '../../../src/contracts/run-progress.ts';
import { deliveryProgressQuery } from '../../api/runs.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { Section } from '../../components/page-layout.tsx';
import { Status } from '../../components/status.tsx';
import { WarningList } from '../../components/warnings.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { withProgress } from '../../lib/delivery-progress.ts';
import { useFailureText } from '../../lib/failure-text.ts';
import { AudienceTable } from './audiences.tsx';
import { type RunDelivery, useRunDeliveries } from './deliveries.ts';
import { ChunkTable, Matching } from './line.tsx';
import { Outcome } from './outcome.tsx';
import { ProgressDetail, RunStages } from './progress.tsx';
import { shownStage, useTimeLeft } from './time-left.tsx';

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
  const sending = deliveries.map((one) => ({
    ...one,
    progress: isDone(one) || one.error ? undefined : now[one.delivery],
  }));
  const going = sending.flatMap((one) => one.progress ?? []);
  const longest = going.reduce((one, other) => (leftOf(other) > leftOf(one) ? other : one), progress);
  const left = going.length > 0 && timeLeft(longest);
  return (
    <RunStages
      run={run}
      now={going.every(({ stage }) => stage === 'wait') ? 'wait' : 'upload'}
      said={sending
        .flatMap(({ title, progress: its }) => (its ? [`${title}, ${saidOf(t, its)}`] : []))
        .join('; ')}
    >
      {sending.map((one) => (
        <div key={one.delivery}>
          <Text fz="sm" fw={600} mb={4}>
            {one.title}
          </Text>
          <Sending {...one} />
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

function saidOf(t: ReturnType<typeof useTranslation>['t'], progress: RunProgress): string {
  const { chunk, chunks } = { chunk: 0, chunks: 0, ...progress };
  return [t(`stage.${shownStage(progress)}`), chunks > 1 && t('progress.chunk', { chunk, chunks })]
    .filter(Boolean)
    .join(', ');
}

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
        <ProgressDetail progress={progress} />
      ) : (
        <Text fz="sm" c="dimmed">
          {counts && counts.uploaded > 0 ? t('stage.upload') : t('progress.queued')}
        </Text>
      )}
      {counts && (
        <Text fz="xs" c="dimmed" className="numbers" ta="left">
          {t('run.sent', { sent: counts.uploaded, total: counts.unique })}
        </Text>
      )}
    </Stack>
  );
}

/** All audiences at a glance, then each one in full. */
export function SeveralResults({ run, document }: SeveralProps) {
  const deliveries = useRunDeliveries(run, document);
  const { t } = useTranslation();
  const titleOf = useFailureText();
  return (
    <>
      <Section title={t('job.audiences')}>
        <AudienceTable
          audiences={deliveries.map((one) => ({
            ...one,
            failure: one.error && (
              <Text fz="xs" component="div">
                <Status tone="bad">{titleOf(one.error).title}</Status>
              </Text>
            ),
          }))}
        />
      </Section>
      {deliveries.map(
        ({ delivery, title, error, figures, result: { counts, chunks, warnings, ...rest } }) => (
          <Section key={delivery} title={title}>
            {error && <DeliveryFailure error={error} />}
            {warnings.length > 0 && (
              <div className="card" style={{ padding: 20 }}>
                <WarningList warnings={warnings} />
              </div>
            )}
            {counts && <Outcome report={{ ...rest, counts }} />}
            {chunks.length > 0 && <ChunkTable chunks={chunks} />}
            {run.status === 'succeeded' && (
              <Matching runId={run.id} delivery={delivery} figures={figures} of={title} />
            )}
          </Section>
        ),
      )}
    </>
  );
}

function DeliveryFailure({ error }: { error: RunError }) {
  const { title, detail, todo } = useFailureText()(error);
  return (
    <Alert
      variant="default"
      icon={<WarningIcon />}
      title={title}
      styles={{ icon: { color: 'var(--lineup-bad)' }, message: { color: 'inherit' } }}
    >
      <Text fz="sm">{detail}</Text>
      {todo && (
        <Text fz="sm" mt={4}>
          {todo}
        </Text>
      )}
    </Alert>
  );
}

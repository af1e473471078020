/** The progress of a run, by stages. */
import { Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunDetail, RunProgress } from '../../../src/contracts/run-progress.ts';
import { useLineTerm } from '../../components/line-term.tsx';
import { ProgressBar, usePace } from '../../components/run-progress.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { type Going, type ShownStage, shareDone, shownStage } from '../../lib/run-progress.ts';

const stages: readonly ShownStage[] = ['scan', 'upload', 'wait'];

const stageOf = (progress: RunProgress | null): ShownStage | null => progress && shownStage(progress);

interface RunStagesProps {
  readonly run: RunDetail;
  /** @default the stage of the run's progress */
  readonly now?: ShownStage;
  /** For screen readers. @default the stage and the chunk of the run's progress */
  readonly said?: string;
  /** In place of the run's progress. */
  readonly children?: ReactNode;
}

export function RunStages({ run, said, children, ...props }: RunStagesProps) {
  const { t } = useTranslation();
  const now = props.now ?? stageOf(run.progress);
  return (
    <Stack className="card" p="lg" gap="md">
      <Group component="ol" gap="6px 32px" m={0} p={0} style={{ listStyle: 'none' }}>
        {stages.map((stage, index) => {
          const done = now !== null && stages.indexOf(now) > index;
          const current = now === stage;
          return (
            <li key={stage} aria-current={current ? 'step' : undefined}>
              <span
                className="status"
                style={
                  {
                    '--status': done ? 'var(--lineup-good)' : current ? 'var(--lineup-busy)' : 'var(--lineup-bar-2)',
                  } as Record<string, string>
                }
                data-live={current || undefined}
              >
                <i />
                <Text fz="sm" fw={current ? 650 : 400} c={current || done ? undefined : 'dimmed'} component="span">
                  {t(`stage.${stage}`)}
                </Text>
              </span>
            </li>
          );
        })}
      </Group>
      <VisuallyHidden role="status">{now && (said ?? progressText(t, now, run.progress))}</VisuallyHidden>
      {children ??
        (run.progress ? (
          <>
            <ProgressDetail progress={run.progress} run={run} />
            <Remaining run={run} />
          </>
        ) : (
          <Text fz="sm" c="dimmed">
            {t('progress.queued')}
          </Text>
        ))}
    </Stack>
  );
}

/** The number of members that LINE has, the speed and the remaining time. */
function Remaining({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const pace = usePace();
  const { uploaded, unique } = run;
  const beside = pace(run.progress);
  if (unique === null && !beside) return null;
  return (
    <Group justify="space-between" gap="4px 24px" style={{ fontVariantNumeric: 'tabular-nums' }}>
      {unique !== null && <Text fz="sm">{t('run.sent', { sent: uploaded ?? 0, total: unique })}</Text>}
      {beside && (
        <Text fz="sm" c="dimmed">
          {beside}
        </Text>
      )}
    </Group>
  );
}

/** The text for screen readers. It changes once for each stage and chunk, not with every number. */
export function progressText(
  t: ReturnType<typeof useTranslation>['t'],
  stage: ShownStage,
  progress: RunProgress | null,
): string {
  const { chunk, chunks } = { chunk: 0, chunks: 0, ...progress };
  return [t(`stage.${stage}`), chunks > 1 && t('progress.chunk', { chunk, chunks })]
    .filter(Boolean)
    .join(t('list.comma'));
}

interface ProgressDetailProps {
  readonly progress: RunProgress;
  /** Or the delivery that the progress is of. */
  readonly run: Going;
}

export function ProgressDetail({ progress, run }: ProgressDetailProps) {
  const { format } = useTranslation();
  const label = useProgressLabel()(progress);
  const share = shareDone(progress, run);
  return (
    <div>
      <Group justify="space-between" gap="4px 24px" mb={6} wrap="nowrap">
        <Text fz="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {label}
        </Text>
        {share !== undefined && progress.stage !== 'wait' && (
          <Text fz="sm" fw={600} className="numbers">
            {format.percent(Math.floor(share * 100) / 100)}
          </Text>
        )}
      </Group>
      <ProgressBar share={share} label={label} isOpen={progress.stage === 'wait'} size="sm" />
    </div>
  );
}

function useProgressLabel(): (progress: RunProgress) => string {
  const { t, format } = useTranslation();
  const lineTerm = useLineTerm();
  return (progress) => {
    switch (progress.stage) {
      case 'scan': {
        const { rows, unique, continuedAt: from } = progress;
        return from === undefined
          ? t('progress.scan', { rows, unique })
          : t('progress.scan.continued', { rows, unique, from });
      }
      case 'suppression':
        return t('progress.suppression', { list: progress.list, values: progress.values });
      case 'queue':
        return t(`progress.queue.${progress.what}`);
      case 'upload':
        return t('progress.upload', {
          chunk: progress.chunk,
          chunks: progress.chunks,
          sent: format.bytes(progress.bytesSent),
          size: format.bytes(progress.bytes),
        });
      case 'wait':
        return t('progress.wait', {
          chunk: progress.chunk,
          chunks: progress.chunks,
          status: lineTerm(progress.jobStatus),
        });
    }
  };
}

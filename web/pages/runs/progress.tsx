/** The progress of a run, by stages. */
import { Group, Progress, Stack, Text, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunDetail, RunProgress } from '../../../src/contracts/run-progress.ts';
import { useLineTerm } from '../../components/line-term.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { shownStage, useTimeLeft } from './time-left.tsx';

const stages = ['scan', 'upload', 'wait'] as const;
type Stage = (typeof stages)[number];

const stageOf = (progress: RunProgress | null): Stage | null => progress && shownStage(progress);

interface RunStagesProps {
  readonly run: RunDetail;
  /** @default the stage of the run's progress */
  readonly now?: Stage;
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
            <ProgressDetail progress={run.progress} />
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

/** The number of members that LINE has, and the remaining time. */
function Remaining({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const timeLeft = useTimeLeft();
  const { uploaded, unique } = run;
  const left = timeLeft(run.progress);
  if (unique === null && !left) return null;
  return (
    <Group justify="space-between" gap="4px 24px" style={{ fontVariantNumeric: 'tabular-nums' }}>
      {unique !== null && <Text fz="sm">{t('run.sent', { sent: uploaded ?? 0, total: unique })}</Text>}
      {left && (
        <Text fz="sm" c="dimmed">
          {left}
        </Text>
      )}
    </Group>
  );
}

/** The text for screen readers. It changes once for each stage and chunk, not with every number. */
export function progressText(
  t: ReturnType<typeof useTranslation>['t'],
  stage: Stage,
  progress: RunProgress | null,
): string {
  const { chunk, chunks } = { chunk: 0, chunks: 0, ...progress };
  return [t(`stage.${stage}`), chunks > 1 && t('progress.chunk', { chunk, chunks })]
    .filter(Boolean)
    .join(t('list.comma'));
}

export function ProgressDetail({ progress }: { progress: RunProgress }) {
  const { t, format } = useTranslation();
  const lineTerm = useLineTerm();
  switch (progress.stage) {
    case 'scan': {
      const { rows, unique, continuedAt: from, fraction } = progress;
      const label =
        from === undefined
          ? t('progress.scan', { rows, unique })
          : t('progress.scan.continued', { rows, unique, from });
      return <Bar label={label} share={fraction} />;
    }
    case 'suppression':
      return <Bar label={t('progress.suppression', { list: progress.list, values: progress.values })} />;
    case 'queue':
      return <Bar label={t(`progress.queue.${progress.what}`)} />;
    case 'upload':
      return (
        <Bar
          label={t('progress.upload', {
            chunk: progress.chunk,
            chunks: progress.chunks,
            sent: format.bytes(progress.bytesSent),
            size: format.bytes(progress.bytes),
          })}
          share={progress.bytes > 0 ? progress.bytesSent / progress.bytes : undefined}
        />
      );
    case 'wait':
      return (
        <Bar
          label={t('progress.wait', {
            chunk: progress.chunk,
            chunks: progress.chunks,
            status: lineTerm(progress.jobStatus),
          })}
        />
      );
  }
}

/** Without a share the remaining work is unknown, so the bar is striped. */
function Bar({ label, share }: { label: string; share?: number }) {
  return (
    <div>
      <Text fz="sm" mb={6} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {label}
      </Text>
      <Progress.Root size="sm">
        <Progress.Section
          value={share === undefined ? 100 : share * 100}
          striped={share === undefined}
          animated={share === undefined}
          color="line.6"
          aria-label={label}
        />
      </Progress.Root>
    </div>
  );
}

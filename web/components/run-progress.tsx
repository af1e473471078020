/** What a run does at this moment, in a line or two: its stage, its bar, its speed and its remaining time. */
import { Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunProgress, TimeLeft } from '../../src/contracts/run-progress.ts';
import { runningRunsQuery } from '../api/runs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { type Going, rateOf, shareDone, shownStage } from '../lib/run-progress.ts';

const MINUTE = 60_000;

/** The estimate is rough, so it is rounded: to tens of seconds, to minutes, then to five minutes. */
const rounded = ({ ms }: TimeLeft): number => {
  const step = ms < MINUTE ? 10_000 : ms < 60 * MINUTE ? MINUTE : 5 * MINUTE;
  return Math.ceil(ms / step) * step;
};

/** Returns undefined while the remaining time is unknown. */
export function useTimeLeft(): (progress: RunProgress | null) => string | undefined {
  const { t, format } = useTranslation();
  return (progress) => {
    const left = progress && 'left' in progress ? progress.left : undefined;
    return left && t(`run.left.${left.of}`, { time: format.duration(rounded(left)) });
  };
}

/** The speed and the remaining time, as far as they are known. */
export function usePace(): (progress: RunProgress | null) => string | undefined {
  const { t } = useTranslation();
  const timeLeft = useTimeLeft();
  return (progress) => {
    const rate = progress ? rateOf(progress) : undefined;
    const all = [rate !== undefined && t('progress.rate', { count: rate }), timeLeft(progress)];
    return all.filter(Boolean).join(' · ') || undefined;
  };
}

interface RunProgressLineProps {
  readonly run: Going;
  readonly progress: RunProgress | null;
  /** What the bar is about, for people who do not see it. */
  readonly name: string;
}

/** For a row of a list. Nothing is announced: the status of the row says that something goes on. */
export function RunProgressLine({ run, progress, name }: RunProgressLineProps) {
  const { t, format } = useTranslation();
  const pace = usePace();
  if (!progress) {
    return (
      <Text fz="xs" c="dimmed">
        {t('progress.queued')}
      </Text>
    );
  }
  const share = shareDone(progress, run);
  const stage = t(`stage.${shownStage(progress)}`);
  const isSeveral = (run.siblings ?? []).length > 0;
  // LINE takes as long as it takes: how much is there says nothing of the rest.
  const percent = progress.stage !== 'wait' && share !== undefined && format.percent(Math.floor(share * 100) / 100);
  const chunk =
    progress.stage === 'wait' &&
    !isSeveral &&
    progress.chunks > 1 &&
    t('progress.chunk', { chunk: progress.chunk, chunks: progress.chunks });
  const beside = pace(progress);
  return (
    <div className="run-progress">
      <Text fz="xs" c="dimmed" className="numbers" ta="left">
        {[stage, percent, chunk].filter(Boolean).join(' · ')}
      </Text>
      <ProgressBar share={share} label={`${name}${t('list.colon')}${stage}`} isOpen={progress.stage === 'wait'} />
      {beside && (
        <Text fz="xs" c="dimmed" className="numbers" ta="left">
          {beside}
        </Text>
      )}
    </div>
  );
}

/** The run of a job that is in progress, in a list of jobs. All rows share one request. */
export function JobProgressLine({ job: { id, name } }: { job: { readonly id: string; readonly name: string } }) {
  const run = useQuery(runningRunsQuery).data?.get(id);
  return run ? <RunProgressLine run={run} progress={run.progress} name={name} /> : null;
}

interface ProgressBarProps {
  /** Undefined: the bar is striped, because the remaining work is unknown. */
  readonly share: number | undefined;
  readonly label: string;
  /** Whether it is striped anyway: somebody else works on what is there. */
  readonly isOpen?: boolean;
  /** @default 'xs' */
  readonly size?: 'xs' | 'sm';
}

export function ProgressBar({ share, label, isOpen = false, size = 'xs' }: ProgressBarProps) {
  const striped = isOpen || share === undefined;
  return (
    <Progress.Root size={size}>
      <Progress.Section
        value={share === undefined ? 100 : share * 100}
        striped={striped}
        animated={striped}
        color="line.6"
        aria-label={label}
      />
    </Progress.Root>
  );
}

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

/** What the run does and how far it is, in words. Waiting in the queue has no numbers. */
function useWords(): (run: Going, progress: RunProgress) => { stage: string; percent?: string; chunk?: string } {
  const { t, format } = useTranslation();
  return (run, progress) => {
    const share = shareDone(progress, run);
    const stage = t(`stage.${shownStage(progress)}`);
    if (progress.stage !== 'wait') {
      return share === undefined ? { stage } : { stage, percent: format.percent(Math.floor(share * 100) / 100) };
    }
    // LINE takes as long as it takes: how much is there says nothing of the rest.
    const { chunk, chunks } = progress;
    const isSeveral = (run.siblings ?? []).length > 0;
    return isSeveral || chunks === 1 ? { stage } : { stage, chunk: t('progress.chunk', { chunk, chunks }) };
  };
}

const inOneLine = (...words: readonly (string | undefined)[]): string => words.filter(Boolean).join(' · ');

/** With its speed and remaining time. Nothing is announced: the status beside it says that something goes on. */
export function RunProgressLine({ run, progress, name }: RunProgressLineProps) {
  const { t } = useTranslation();
  const pace = usePace();
  const wordsOf = useWords();
  if (!progress) {
    return (
      <Text fz="xs" c="dimmed">
        {t('progress.queued')}
      </Text>
    );
  }
  const { stage, percent, chunk } = wordsOf(run, progress);
  const beside = pace(progress);
  return (
    <div className="run-progress">
      <Text fz="xs" c="dimmed" className="digits">
        {inOneLine(stage, percent, chunk)}
      </Text>
      <RunBar run={run} progress={progress} name={name} stage={stage} />
      {beside && (
        <Text fz="xs" c="dimmed" className="digits">
          {beside}
        </Text>
      )}
    </div>
  );
}

function RunBar({ run, progress, name, stage }: RunProgressLineProps & { progress: RunProgress; stage: string }) {
  const { t } = useTranslation();
  const label = `${name}${t('list.colon')}${stage}`;
  return <ProgressBar share={shareDone(progress, run)} label={label} isOpen={progress.stage === 'wait'} />;
}

/**
 * The run of a job that is in progress, in a row of the list of jobs: its bar, and the percentage where it is known.
 * A tooltip says the rest. All rows share one request.
 */
export function JobProgressLine({ job: { id, name } }: { job: { readonly id: string; readonly name: string } }) {
  const { t } = useTranslation();
  const pace = usePace();
  const wordsOf = useWords();
  const run = useQuery(runningRunsQuery).data?.get(id);
  if (!run) return null;
  const { progress } = run;
  if (!progress) return <span className="dimmed">{t('progress.queued')}</span>;
  const { stage, percent, chunk } = wordsOf(run, progress);
  return (
    <span className="row-progress" title={inOneLine(stage, percent, chunk, pace(progress))}>
      <RunBar run={run} progress={progress} name={name} stage={stage} />
      {/* Beside it there is no room for words on a phone. */}
      <span className="dimmed" data-stage={percent === undefined || undefined}>
        {percent ?? stage}
      </span>
    </span>
  );
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

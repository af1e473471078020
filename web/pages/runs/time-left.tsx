/** The stage of a run that people see, and its remaining time, if it is known. */
import type { RunProgress, TimeLeft } from '../../../src/contracts/run-progress.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const MINUTE = 60_000;

/** The estimate is rough, so it is rounded: to tens of seconds, to minutes, then to five minutes. */
const rounded = ({ ms }: TimeLeft): number => {
  const step = ms < MINUTE ? 10_000 : ms < 60 * MINUTE ? MINUTE : 5 * MINUTE;
  return Math.ceil(ms / step) * step;
};

/** Waiting in the queue belongs to the upload that follows, and suppression lists to the scan. */
export function shownStage({ stage }: RunProgress): 'scan' | 'upload' | 'wait' {
  if (stage === 'queue') return 'upload';
  return stage === 'suppression' ? 'scan' : stage;
}

/** Returns undefined while the remaining time is unknown. */
export function useTimeLeft(): (progress: RunProgress | null) => string | undefined {
  const { t, format } = useTranslation();
  return (progress) => {
    const left = progress && 'left' in progress ? progress.left : undefined;
    return left && t(`run.left.${left.of}`, { time: format.duration(rounded(left)) });
  };
}

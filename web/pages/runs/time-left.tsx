/** How long a run will still take, as far as that is known. */
import type { RunProgress, TimeLeft } from '../../../src/contracts/run-progress.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const MINUTE = 60_000;

/** An estimate is no measurement: it is told in tens of seconds, then in minutes, then in five of them. */
const rounded = ({ ms }: TimeLeft): number => {
  const step = ms < MINUTE ? 10_000 : ms < 60 * MINUTE ? MINUTE : 5 * MINUTE;
  return Math.ceil(ms / step) * step;
};

/** Undefined while nobody can know. */
export function useTimeLeft(): (progress: RunProgress | null) => string | undefined {
  const { t, format } = useTranslation();
  return (progress) => {
    const left = progress && progress.stage !== 'queue' ? progress.left : undefined;
    return left && t(`run.left.${left.of}`, { time: format.duration(rounded(left)) });
  };
}

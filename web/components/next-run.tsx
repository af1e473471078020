/** When a job runs next: at a time, or when what it waits for has come. */
import { Text } from '@mantine/core';
import type { JobView } from '../../src/contracts/jobs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { When } from './when.tsx';

type Next = Pick<JobView, 'next_run_at' | 'runs_when'>;

export const hasNextRun = ({ next_run_at, runs_when }: Next): boolean => Boolean(next_run_at ?? runs_when);

/** As "in 5 minutes", for lists. Nothing when none is known. */
export function NextRunSoon({ job: { next_run_at: at, runs_when: when } }: { job: Next }) {
  const { translate } = useTranslation();
  return at ? <When at={at} /> : when ? translate(when) : null;
}

/** With the date. */
export function NextRun({ job: { next_run_at: at, runs_when: when } }: { job: Next }) {
  const { format, translate } = useTranslation();
  if (!at) return when ? translate(when) : null;
  return (
    <>
      {format.dateTime(at)}{' '}
      <Text span fz="sm" c="dimmed">
        <When at={at} />
      </Text>
    </>
  );
}

/** What the list of a job holds over the next weeks, where members leave by age. */
import type { JobView } from '../../../src/contracts/jobs.ts';
import { scheduleOf } from '../../../src/domain/schedule/schedule.ts';
import { OutlookChart } from '../../components/outlook-chart.tsx';
import { Section } from '../../components/page-layout.tsx';
import { WarningNote } from '../../components/warning-line.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { isOfTrigger } from './trigger-facts.tsx';

export function JobOutlook({ job, memberDays }: { job: JobView; memberDays: number }) {
  const { t } = useTranslation();
  return (
    <Section title={t('outlook.section')}>
      {job.warnings
        .filter((warning) => !isOfTrigger(warning))
        .map((warning) => (
          <WarningNote key={warning.path} text={warning} />
        ))}
      <OutlookChart
        since={job.last_run?.ended_at ?? null}
        request={{
          job_id: job.id,
          schedule: scheduleOf(job.configuration) ?? null,
          member_days: memberDays,
          members: null,
          further_members: [],
        }}
      />
    </Section>
  );
}

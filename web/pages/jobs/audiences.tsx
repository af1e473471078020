/** The audiences of a job with further identifiers, with the numbers of its last run. */
import type { JobView } from '../../../src/contracts/jobs.ts';
import { type AudienceOfRun, AudienceTable } from '../../components/audience-table.tsx';
import { Section } from '../../components/page-layout.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function JobAudiences({ job }: { job: JobView }) {
  const { t } = useTranslation();
  return (
    <Section title={t('job.audiences')}>
      <AudienceTable audiences={audiencesOf(job)} />
    </Section>
  );
}

function audiencesOf({ configuration, audience_id, sibling_audience_ids, last_run }: JobView): AudienceOfRun[] {
  const { identifier_type, id_field, audience_name, siblings } = configuration;
  const first = { audience_id, audience_name: audience_name ?? last_run?.audience_name ?? null };
  return [
    {
      identifier_type,
      id_field,
      ...first,
      // The job may have left the audience of its last run.
      figures: last_run?.audience_id === audience_id ? last_run : undefined,
    },
    ...siblings.map((sibling, index) => {
      // The job may have been edited since.
      const figures = last_run?.siblings?.find(
        (before) => before.identifier_type === sibling.identifier_type && before.id_field === sibling.id_field,
      );
      return {
        identifier_type: sibling.identifier_type,
        id_field: sibling.id_field,
        audience_id: sibling_audience_ids[index] ?? sibling.audience_id,
        audience_name: sibling.audience_name ?? figures?.audience_name ?? null,
        ...(sibling.shares && first),
        figures,
      };
    }),
  ];
}

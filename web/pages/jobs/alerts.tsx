/** The open alerts of a job: what is unusual, by how much, and since when. */
import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { isOfDeadline } from '../../../src/domain/alerts/alerts.ts';
import { openAlertsQuery } from '../../api/alerts.ts';
import { Note } from '../../components/note.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

export function OpenAlerts({ job }: { job: JobView }) {
  const { t, translate, format } = useTranslation();
  const { may } = useMe();
  const { data } = useQuery(openAlertsQuery(job.id, job.open_alerts));
  if (job.open_alerts === 0) return null;
  const titleOf = (alert: Parameters<typeof isOfDeadline>[0]) =>
    t(isOfDeadline(alert) ? 'alerts.deadline' : `alerts.rule.${alert.rule}`);
  return data?.map(({ run_id, raised_at, ...alert }) => (
    <Note key={alert.id} role="region" aria-label={titleOf(alert)} title={titleOf(alert)}>
      <Text fz="sm">{translate(alert)}</Text>
      <Text fz="sm" c="dimmed" component="div" mt={4}>
        {t('alerts.since', { time: format.dateTime(raised_at) })} (<When at={raised_at} />)
        {run_id !== null && may('runs.read') && (
          <>
            {' · '}
            <Anchor fz="inherit" renderRoot={(props) => <Link to="/runs/$id" params={{ id: run_id }} {...props} />}>
              {t('run.title')}
            </Anchor>
          </>
        )}
      </Text>
    </Note>
  ));
}

/** When the audience of a job is renewed, and the audiences that were: campaigns use them by their ids. */
import { Anchor, List, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { Note } from '../../components/note.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function JobRenewal({ job: { renewal, renewed } }: { job: JobView }) {
  const { t, translate, format } = useTranslation();
  return (
    <>
      {renewal?.is_near && (
        <Note
          role="region"
          aria-label={t('job.renewal')}
          title={t('job.renewal.ends', { name: renewal.audience_name, time: format.dateTime(renewal.ends_at) })}
        >
          <Text fz="sm">{translate(renewal)}</Text>
        </Note>
      )}
      {renewed.length > 0 && (
        <Note role="region" aria-label={t('job.renewed')} title={t('job.renewed')}>
          <List fz="sm" spacing="xs">
            {renewed.toReversed().map(({ at, run_id, old_id, old_name, old_ends_at, new_id, new_name }) => (
              <List.Item key={old_id}>
                {t('job.renewed.from', { old: old_name ?? old_id, oldId: old_id, name: new_name, id: new_id })}{' '}
                <Anchor fz="inherit" renderRoot={(props) => <Link to="/runs/$id" params={{ id: run_id }} {...props} />}>
                  {format.dateTime(at)}
                </Anchor>
                {old_ends_at && (
                  <Text fz="sm" c="dimmed">
                    {t('job.renewed.ends', { time: format.dateTime(old_ends_at) })} (<When at={old_ends_at} />)
                  </Text>
                )}
              </List.Item>
            ))}
          </List>
          <Text fz="sm" mt={4}>
            {t('job.renewed.todo')}
          </Text>
        </Note>
      )}
    </>
  );
}

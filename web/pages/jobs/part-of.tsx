/** On the page of one audience of many: the job that it is a part of, and whether its value is still there. */
import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { Note } from '../../components/note.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function PartOf({ part }: { part: NonNullable<JobView['part_of']> }) {
  const { t } = useTranslation();
  const whole = (
    <>
      {t('job.parts.of', { value: part.value })}{' '}
      <Anchor fz="inherit" renderRoot={(props) => <Link to="/jobs/$id" params={{ id: part.id }} {...props} />}>
        {part.name}
      </Anchor>
    </>
  );
  if (part.is_in_last_scan) return <Text fz="sm">{whole}</Text>;
  return (
    <Note title={t('job.parts.vanished', { value: part.value })}>
      <Text fz="sm">
        {t('job.parts.vanished.detail')} {whole}
      </Text>
    </Note>
  );
}

/** The signed webhook that a job waits for: its address, and its secret, which is shown once. */
import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { overlapHours } from '../../../src/domain/schedule/triggers/bounds.ts';
import { API_PATH } from '../../../src/domain/values/api-path.ts';
import { useChange } from '../../api/change.ts';
import { makeWebhookSecret } from '../../api/jobs.ts';
import { Confirm } from '../../components/confirm.tsx';
import { Copyable } from '../../components/copyable.tsx';
import { OneTime } from '../../components/one-time.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

export function Webhook({ job }: { job: JobView }) {
  const { t, format } = useTranslation();
  const { may } = useMe();
  const [asking, setAsking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const { mutateAsync } = useChange(makeWebhookSecret, { onSuccess: (made) => setSecret(made.secret) });
  const { secret_made_at: madeAt, old_secret_valid_until: oldUntil } = job.trigger?.webhook ?? {};
  const fired = job.trigger?.fired_at;
  return (
    <>
      <Copyable text={`${location.origin}${API_PATH}/jobs/${job.id}/webhook`} />
      {fired && <Note>{t('job.trigger.came', { time: format.dateTime(fired) })}</Note>}
      {madeAt && <Note>{t('job.webhook.made', { time: format.dateTime(madeAt) })}</Note>}
      {oldUntil && <Note>{t('job.webhook.old', { time: format.dateTime(oldUntil) })}</Note>}
      {may('jobs.write') && job.condition !== 'terminated' && (
        <Group>
          <Button size="xs" variant="default" onClick={() => setAsking(true)}>
            {t(madeAt ? 'job.webhook.another' : 'job.webhook.make')}
          </Button>
        </Group>
      )}
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t(madeAt ? 'job.webhook.another' : 'job.webhook.make')}
        action={t('job.webhook.do')}
        onConfirm={() => mutateAsync({ id: job.id, rotate: Boolean(madeAt) })}
      >
        {t(madeAt ? 'job.webhook.another.detail' : 'job.webhook.make.detail', { hours: overlapHours.usual })}
      </Confirm>
      {secret !== null && (
        <OneTime
          title={t('job.webhook.secret')}
          detail={t('job.webhook.secret.detail')}
          secret={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </>
  );
}

const Note = ({ children }: { children: string }) => (
  <Text fz="sm" c="dimmed">
    {children}
  </Text>
);

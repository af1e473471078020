/** A copy of a job, with a name of its own and an audience of its own. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { MAX_AUDIENCE_NAME } from '../../../src/contracts/requests.ts';
import { newIdempotencyKey, post } from '../../api/client.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/states.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { concernsWhole, useFieldErrors } from '../../lib/field-errors.ts';

export function DuplicateJob({ job, onClose }: { job: JobView; onClose: () => void }) {
  const { t } = useSpeech();
  const fieldErrors = useFieldErrors();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [name, setName] = useState(t('job.duplicate.name', { name: job.name }));
  const [audienceName, setAudienceName] = useState(
    t('job.duplicate.name', { name: job.configuration.audience_name ?? job.name }).slice(
      0,
      MAX_AUDIENCE_NAME,
    ),
  );
  const copy = useMutation({
    mutationFn: () =>
      post<JobView>(
        `/jobs/${job.id}/duplicate`,
        { name, audience_name: audienceName },
        { idempotencyKey: newIdempotencyKey() },
      ),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['jobs'] });
      onClose();
      await navigate({ to: '/jobs/$id', params: { id: made.id } });
    },
  });
  const errors = fieldErrors(copy.error);
  const audienceError = errors.audience_name ?? errors['configuration.audience_name'];
  return (
    <Dialog onClose={onClose} title={t('job.duplicate.title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          copy.mutate();
        }}
      >
        <Stack gap="md">
          <Text fz="sm" c="dimmed">
            {t('job.duplicate.detail')}
          </Text>
          <TextInput
            label={t('form.name')}
            required
            data-autofocus
            maxLength={200}
            value={name}
            error={errors.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t('form.audience_name')}
            required
            value={audienceName}
            error={audienceError}
            onChange={(event) => setAudienceName(event.currentTarget.value)}
          />
          {copy.error &&
            concernsWhole(copy.error, ['name', 'audience_name', 'configuration.audience_name']) && (
              <Failure error={copy.error} />
            )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={copy.isPending}>
              {t('action.duplicate')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** The dialog that edits the tags of a job. */
import { Button, Group, Stack, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { MAX_TAG, MAX_TAGS } from '../../../src/contracts/job-display.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { useChange } from '../../api/change.ts';
import { jobTagsQuery, tagJob } from '../../api/jobs.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';

export function EditTags({ job, onClose }: { job: JobView; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [tags, setTags] = useState<readonly string[]>(job.tags);
  const known = useQuery(jobTagsQuery);
  const save = useChange(tagJob(job), {
    onSuccess: () => {
      toast.done(t('job.done.tags'));
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={t('job.tags.edit')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate([...tags]);
        }}
      >
        <Stack gap="md">
          <TagsInput
            label={t('job.tags')}
            description={t('job.tags.hint', { tags: MAX_TAGS, length: MAX_TAG })}
            data-autofocus
            maxTags={MAX_TAGS}
            maxLength={MAX_TAG}
            data={known.data?.map(({ tag }) => tag)}
            value={[...tags]}
            onChange={(all) =>
              setTags(all.flatMap((one) => one.split(',')).filter((one) => one.trim() !== ''))
            }
          />
          {save.error && <Failure error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

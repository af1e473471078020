/** The dialog that edits the tags of a job. */
import { TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { MAX_TAG, MAX_TAGS } from '../../../src/domain/jobs/lists.ts';
import { useChange, useChanges } from '../../api/change.ts';
import { jobTagsQuery, tagJob } from '../../api/jobs.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useToast } from '../../components/toast.ts';
import { newJobRules } from '../../forms/rules/jobs.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';

export function EditTags({ job, onClose }: { job: JobView; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const change = useChanges();
  const known = useQuery(jobTagsQuery);
  const save = useChange(tagJob(job), {
    onSuccess: (changed) => {
      toast.done(t('job.done.tags'), () => change(tagJob(changed), [...job.tags]));
      onClose();
    },
  });
  const form = useApiForm({
    rules: newJobRules,
    initialValues: { tags: [...job.tags] },
    body: (values) => values,
    save,
  });
  return (
    <FormDialog
      title={t('job.tags.edit')}
      isSaving={save.isPending}
      failure={form.failure}
      onClose={onClose}
      onSubmit={form.onSubmit(({ tags }) => save.mutate(tags))}
    >
      <TagsInput
        label={t('job.tags')}
        description={t('job.tags.hint', { tags: MAX_TAGS, length: MAX_TAG })}
        data-autofocus
        maxTags={MAX_TAGS}
        maxLength={MAX_TAG}
        data={known.data?.map(({ tag }) => tag)}
        {...form.getInputProps('tags')}
        onChange={(all) =>
          form.setFieldValue(
            'tags',
            all.flatMap((typed) => typed.split(',')).filter((tag) => tag.trim() !== ''),
          )
        }
      />
    </FormDialog>
  );
}

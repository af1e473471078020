/** Adds tags to the selected jobs, and removes others. */
import { TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import { MAX_TAG, MAX_TAGS } from '../../../src/domain/jobs/lists.ts';
import type { Change } from '../../api/bulk.ts';
import { jobTagsQuery } from '../../api/jobs.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

interface TagsDialogProps {
  readonly jobs: readonly JobRow[];
  readonly count: number;
  readonly onClose: () => void;
  readonly onChange: (change: Change) => void;
}

/** Tags have no comma: it separates them, also in a text that was pasted. */
const tagsIn = (typed: readonly string[]): string[] =>
  [...new Set(typed.flatMap((text) => text.split(',')).map((text) => text.trim()))].filter(Boolean);

export function TagsDialog({ jobs, count, onClose, onChange }: TagsDialogProps) {
  const { t } = useTranslation();
  const known = useQuery(jobTagsQuery);
  const [added, setAdded] = useState<string[]>([]);
  const [removed, setRemoved] = useState<string[]>([]);
  const present = [...new Set(jobs.flatMap(({ tags }) => tags))].sort();
  const common = { maxTags: MAX_TAGS, maxLength: MAX_TAG };
  return (
    <FormDialog
      title={t('jobs.bulk.tags.title', { count })}
      isSaving={false}
      failure={null}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault();
        if (added.length + removed.length === 0) return;
        onChange({
          ...(added.length > 0 && { add_tags: added }),
          ...(removed.length > 0 && { remove_tags: removed }),
        });
      }}
    >
      <TagsInput
        {...common}
        label={t('jobs.bulk.tags.add')}
        description={t('job.tags.hint', { tags: MAX_TAGS, length: MAX_TAG })}
        data-autofocus
        data={known.data?.map(({ tag }) => tag)}
        value={added}
        onChange={(typed) => setAdded(tagsIn(typed))}
      />
      <TagsInput
        {...common}
        label={t('jobs.bulk.tags.remove')}
        data={present}
        value={removed}
        onChange={(typed) => setRemoved(tagsIn(typed))}
      />
    </FormDialog>
  );
}

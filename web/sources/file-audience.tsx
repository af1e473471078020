/** Audience, of files: where one lies, or one that is uploaded. */
import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { uploadOfSegment } from '../../src/domain/files/file-names.ts';
import { later, useLater } from '../lib/later.ts';
import { useMe } from '../lib/me.ts';
import { FilePath } from './file-path.tsx';

const laterUploads = later(() => import('./uploads/uploads.ts'));

interface FileAudienceProps {
  readonly value: string;
  readonly error?: ReactNode;
  readonly 'data-path'?: string;
  /** Read again at every run. */
  readonly isScheduled: boolean;
  readonly onChange: (id: string, name: string) => void;
  /** The same file, but something else becomes of it: what was wrong with it may not be so any more. */
  readonly onPolicy: () => void;
  readonly onBlur?: () => void;
}

export function FileAudience({ isScheduled, onChange, onPolicy, ...field }: FileAudienceProps) {
  const { may } = useMe();
  const uploads = useLater(laterUploads);
  const uploadId = uploadOfSegment(field.value);
  if (uploadId !== undefined) {
    return (
      uploads && (
        <uploads.UploadedFile
          id={uploadId}
          isScheduled={isScheduled}
          error={field.error}
          data-path={field['data-path']}
          onPolicy={onPolicy}
          onRemove={() => onChange('', '')}
        />
      )
    );
  }
  return (
    <Stack gap="xs">
      <FilePath source="" {...field} onChange={(path) => onChange(path, path)} />
      {may('uploads.write') && uploads && (
        <uploads.UploadZone
          policy={isScheduled ? 'keep' : 'delete_after_run'}
          onChosen={({ segment_id, name }) => onChange(segment_id, name)}
        />
      )}
    </Stack>
  );
}

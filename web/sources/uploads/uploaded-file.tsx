/** The uploaded file that was chosen, and what becomes of it after the run. */
import { Button, Group, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { UploadPolicy } from '../../../src/contracts/uploads.ts';
import { useChange } from '../../api/change.ts';
import { changeUpload, uploadQuery } from '../../api/uploads.ts';
import { useToast } from '../../components/toast.ts';
import { uploadPolicies } from '../../forms/choices.build.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

interface UploadedFileProps {
  readonly id: string;
  readonly isScheduled: boolean;
  readonly error?: ReactNode;
  readonly 'data-path'?: string;
  /** Something else becomes of it now. */
  readonly onPolicy: () => void;
  readonly onRemove: () => void;
}

/** The one that suits schedules comes first. */
const policies = uploadPolicies.toReversed();

export function UploadedFile({ id, isScheduled, error, onPolicy, onRemove, ...group }: UploadedFileProps) {
  const { t, format } = useTranslation();
  const { may } = useMe();
  const toast = useToast();
  const { data: upload } = useQuery({ ...uploadQuery(id), enabled: may('uploads.read') });
  /** Shown at once, while it is on its way. */
  const [wanted, setWanted] = useState<UploadPolicy>();
  const change = useChange(changeUpload(id), {
    onUpdated: onPolicy,
    onError: toast.failed,
    onSettled: () => setWanted(undefined),
  });
  const policy = wanted ?? upload?.policy;
  const isGone = upload?.deleted_at != null;
  const isTooShort = isScheduled && !isGone && policy === 'delete_after_run';
  const told = isGone ? t('upload.gone') : isTooShort ? undefined : error;
  return (
    <Stack gap={6} role="group" aria-label={t('form.segment_id')} {...group}>
      <Text fz="sm" fw={600}>
        {t('form.segment_id')}
      </Text>
      <div className="drop-zone" data-filled>
        <Group justify="space-between" gap="sm">
          <div style={{ flex: '1 1 220px', minWidth: 0 }}>
            <Text fz="sm" fw={550} style={{ overflowWrap: 'anywhere' }}>
              {upload?.name ?? t('upload.file')}
            </Text>
            {upload && (
              <Text fz="xs" c="dimmed">
                {format.bytes(upload.bytes)} · {format.dateTime(upload.created_at)} · {upload.created_by}
              </Text>
            )}
          </div>
          <Button variant="default" size="xs" onClick={onRemove}>
            {t('upload.other')}
          </Button>
        </Group>
        {upload && !isGone && (
          <Radio.Group
            mt="sm"
            label={t('upload.policy')}
            value={policy}
            error={isTooShort ? t('upload.policy.scheduled') : undefined}
            readOnly={!may('uploads.write')}
            onChange={(chosen) => {
              setWanted(chosen as UploadPolicy);
              change.mutate(chosen as UploadPolicy);
            }}
          >
            <Stack gap={6} mt={6}>
              {policies.map((policy) => (
                <Radio
                  key={policy}
                  value={policy}
                  label={t(`upload.policy.${policy}`)}
                  description={t(`upload.policy.${policy}.hint`)}
                />
              ))}
            </Stack>
          </Radio.Group>
        )}
      </div>
      {told && (
        <Text fz="sm" c="var(--mantine-color-error)" role="alert">
          {told}
        </Text>
      )}
    </Stack>
  );
}

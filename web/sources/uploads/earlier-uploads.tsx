/** Files that were uploaded before and are still there: taken once more, or deleted. */
import { Anchor, Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Upload } from '../../../src/contracts/uploads.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { deleteUpload } from '../../api/uploads.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { copiesOf, offered } from './offered.ts';

interface EarlierUploadsProps {
  readonly uploads: readonly Upload[];
  readonly onChosen: (upload: Upload) => void;
}

export function EarlierUploads({ uploads, onChosen }: EarlierUploadsProps) {
  const { t, format } = useTranslation();
  const [asking, setAsking] = useState<Upload>();
  const deletion = useMutation(deleteUpload);
  const { may } = useMe();
  const lists = useQuery({ ...suppressionListsQuery, enabled: may('suppression_lists.read') && uploads.length > 0 });
  const known = uploads.map((upload) => ({
    ...upload,
    used_by: [
      ...upload.used_by,
      ...(lists.data?.filter(
        (list) => list.source_authorization_id === null && list.segment_id === upload.segment_id,
      ) ?? []),
    ],
  }));
  if (uploads.length === 0) return null;
  return (
    <section aria-label={t('upload.earlier')}>
      <Text fz="xs" c="dimmed" mb={4}>
        {t('upload.earlier')}
      </Text>
      <ul className="uploads">
        {offered(known).map((upload) => (
          <li key={upload.id}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <div style={{ minWidth: 0 }}>
                <Anchor
                  component="button"
                  type="button"
                  fz="sm"
                  ta="start"
                  style={{ overflowWrap: 'anywhere' }}
                  onClick={() => onChosen(upload)}
                >
                  {upload.name}
                </Anchor>
                <Text fz="xs" c="dimmed">
                  {[
                    format.bytes(upload.bytes),
                    format.dateTime(upload.created_at),
                    upload.used_by.map(({ name }) => name).join(t('list.comma')),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </div>
              {upload.used_by.length === 0 && (
                <Button
                  variant="subtle"
                  color="gray"
                  size="compact-sm"
                  flex="none"
                  aria-label={t('upload.delete', { name: upload.name })}
                  onClick={() => setAsking(upload)}
                >
                  {t('action.delete')}
                </Button>
              )}
            </Group>
          </li>
        ))}
      </ul>
      {asking && (
        <Confirm
          opened
          onClose={() => setAsking(undefined)}
          title={t('action.delete.title', { name: asking.name })}
          action={t('action.delete')}
          onConfirm={async () => {
            for (const { id } of copiesOf(asking, known)) await deletion.mutateAsync(id);
          }}
        >
          {t('upload.delete.detail')}
        </Confirm>
      )}
    </section>
  );
}

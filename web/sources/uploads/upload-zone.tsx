/** Takes a file from the reader's computer: dropped or chosen. */
import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Upload, UploadPolicy } from '../../../src/contracts/uploads.ts';
import { uploadsQuery } from '../../api/uploads.ts';
import { useErrorLine } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { EarlierUploads } from './earlier-uploads.tsx';
import { Sending } from './sending.tsx';
import { useDrop } from './use-drop.ts';
import { useSending } from './use-sending.ts';

interface UploadZoneProps {
  /** What becomes of a file that is uploaded now. */
  readonly policy: UploadPolicy;
  readonly onChosen: (upload: Upload) => void;
}

export function UploadZone({ policy, onChosen }: UploadZoneProps) {
  const { t, format } = useTranslation();
  const errorLine = useErrorLine();
  const uploads = useQuery(uploadsQuery);
  const maxBytes = uploads.data?.max_bytes;
  const [refusal, setRefusal] = useState<string>();
  const { send, file, share, error, cancel, forget } = useSending(onChosen);

  const take = (files: readonly File[]) => {
    const [first] = files;
    forget();
    const refused =
      files.length > 1
        ? t('upload.one')
        : first?.size === 0
          ? t('upload.empty')
          : first && maxBytes !== undefined && first.size > maxBytes
            ? t('upload.large', { size: format.bytes(first.size), most: format.bytes(maxBytes) })
            : undefined;
    setRefusal(refused);
    if (first && refused === undefined) send({ file: first, policy });
  };
  const { isOver, handlers } = useDrop(file ? undefined : take);
  const wrong = refusal ?? errorLine(error);

  return (
    <Stack gap="xs">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be one of the form's */}
      <div
        className="drop-zone"
        role="group"
        aria-label={t('upload.title')}
        data-active={isOver || undefined}
        {...handlers}
      >
        {file ? (
          <Sending file={file} share={share} onCancel={cancel} />
        ) : (
          <Group justify="space-between" gap="sm">
            <div style={{ flex: '1 1 220px' }}>
              <Text fz="sm">{isOver ? t('upload.drop') : t('upload.lead')}</Text>
              <Text fz="xs" c="dimmed">
                {t('upload.formats')}
                {maxBytes !== undefined && ` ${t('upload.most', { size: format.bytes(maxBytes) })}`}
              </Text>
            </div>
            <FileButton multiple={false} onChange={(chosen) => chosen && take([chosen])}>
              {(props) => (
                <Button variant="default" {...props}>
                  {t('upload.choose')}
                </Button>
              )}
            </FileButton>
          </Group>
        )}
      </div>
      {wrong && (
        <Text fz="sm" c="var(--mantine-color-error)" role="alert">
          {wrong}
        </Text>
      )}
      <EarlierUploads uploads={uploads.data?.items ?? []} onChosen={onChosen} />
    </Stack>
  );
}

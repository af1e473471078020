/** What `Confirm` asks, in its dialog. Its code is loaded with that of the dialog. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { Failure } from './states.tsx';

export interface QuestionProps {
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** The label of the button: what it will do. */
  readonly action: string;
  /** The label of the other button, where "Cancel" could be mistaken for the action. */
  readonly cancel?: string;
  readonly onConfirm: () => Promise<unknown>;
}

/** Gone with its error when the dialog is closed, whoever closes it. */
export function Question({ onClose, children, action, cancel, onConfirm }: QuestionProps) {
  const { t } = useTranslation();
  const confirm = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  return (
    <Stack gap="md">
      <Text fz="sm" component="div">
        {children}
      </Text>
      {confirm.error && <Failure error={confirm.error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {cancel ?? t('action.cancel')}
        </Button>
        <Button color="red.9" loading={confirm.isPending} onClick={() => confirm.mutate()}>
          {action}
        </Button>
      </Group>
    </Stack>
  );
}

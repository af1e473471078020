/** Asks before an action that cannot be undone. When the action was refused, it stays open and shows the reason. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './states.tsx';

interface ConfirmProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** The label of the button: what it will do. */
  readonly action: string;
  /** The label of the other button, where "Cancel" could be mistaken for the action. */
  readonly cancel?: string;
  readonly onConfirm: () => Promise<unknown>;
}

export function Confirm({ opened, onClose, title, ...question }: ConfirmProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Question onClose={onClose} {...question} />
    </Dialog>
  );
}

/** Gone with its error when the dialog is closed, whoever closes it. */
function Question({ onClose, children, action, cancel, onConfirm }: Omit<ConfirmProps, 'opened' | 'title'>) {
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

/** A dialog that holds a form, with its buttons and the failure of the whole. */
import { Button, Group, Stack } from '@mantine/core';
import type { FormEventHandler, ReactNode } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './states.tsx';

interface FormDialogProps {
  readonly title: string;
  /** The text of the button that sends the form. @default "Save" */
  readonly action?: string;
  readonly isSaving: boolean;
  /** Why nothing was saved: an error, or an element that shows it. */
  readonly failure: Error | ReactNode;
  readonly onClose: () => void;
  readonly onSubmit: FormEventHandler<HTMLFormElement>;
  readonly children: ReactNode;
}

export function FormDialog({ title, action, isSaving, failure, onClose, onSubmit, children }: FormDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog onClose={onClose} title={title}>
      <form onSubmit={onSubmit}>
        <Stack gap="md">
          {children}
          {failure instanceof Error ? <Failure error={failure} /> : failure}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={isSaving}>
              {action ?? t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

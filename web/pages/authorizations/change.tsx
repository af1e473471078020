/** Dialogs: label and description; new credentials, which replace the old ones whole. */
import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Authorization, AuthorizationChange } from '../../../src/contracts/authorizations.ts';
import type { ConfigurationField } from '../../../src/contracts/providers.ts';
import { patch } from '../../api/client.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/states.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { concernsWhole, useFieldErrors } from '../../lib/field-errors.ts';
import { ConfigurationFields, filledIn } from './configuration-fields.tsx';

interface DialogProps {
  readonly authorization: Authorization;
  readonly onClose: () => void;
}

export function EditAuthorization({ authorization, onClose }: DialogProps) {
  const { t } = useSpeech();
  const [label, setLabel] = useState(authorization.label);
  const [description, setDescription] = useState(authorization.description);
  return (
    <ChangeDialog
      authorization={authorization}
      onClose={onClose}
      title={t('authorization.edit')}
      change={{ label, description }}
      shown={['label', 'description']}
    >
      {(errors) => (
        <>
          <TextInput
            label={t('authorization.label')}
            required
            data-autofocus
            value={label}
            error={errors.label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Textarea
            label={t('authorization.description')}
            autosize
            minRows={2}
            value={description}
            error={errors.description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
        </>
      )}
    </ChangeDialog>
  );
}

export function ReplaceSecret({ fields, ...props }: DialogProps & { fields: readonly ConfigurationField[] }) {
  const { t } = useSpeech();
  const [configuration, setConfiguration] = useState<Record<string, string>>({});
  return (
    <ChangeDialog
      {...props}
      title={t('authorization.replaceSecret')}
      change={{ configuration: filledIn(configuration) }}
      shown={fields.map(({ key }) => `configuration.${key}`)}
    >
      {(errors) => (
        <>
          <Text fz="sm" c="dimmed">
            {t('authorization.replaceSecret.detail')}
          </Text>
          <ConfigurationFields
            fields={fields}
            values={configuration}
            errors={errors}
            onChange={setConfiguration}
          />
        </>
      )}
    </ChangeDialog>
  );
}

interface ChangeDialogProps extends DialogProps {
  readonly title: string;
  readonly change: AuthorizationChange;
  /** The paths of the fields that it shows. */
  readonly shown: readonly string[];
  readonly children: (errors: Readonly<Record<string, string>>) => ReactNode;
}

function ChangeDialog({ authorization, onClose, title, change, shown, children }: ChangeDialogProps) {
  const { t } = useSpeech();
  const fieldErrors = useFieldErrors();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      patch<Authorization>(`/authorizations/${authorization.id}`, {
        ...change,
        revision: authorization.revision,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['authorizations'] });
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          {children(fieldErrors(save.error))}
          {concernsWhole(save.error, shown) && save.error && <Failure error={save.error} />}
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

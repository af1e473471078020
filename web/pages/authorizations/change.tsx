/** Dialogs: label and description; new credentials, which replace the old ones whole. */
import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Authorization, AuthorizationChange } from '../../../src/contracts/authorizations.ts';
import type { ConfigurationField } from '../../../src/contracts/providers.ts';
import { changeAuthorization } from '../../api/authorizations.ts';
import { useChange } from '../../api/change.ts';
import { Dialog } from '../../components/dialog.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useFieldErrors } from '../../lib/field-errors.ts';
import { ConfigurationFields, filledIn } from './configuration-fields.tsx';
import { SaveFailure, useSaySaved, VerifyWith } from './saving.tsx';

interface DialogProps {
  readonly authorization: Authorization;
  readonly onClose: () => void;
}

export function EditAuthorization({ authorization, onClose }: DialogProps) {
  const { t } = useTranslation();
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
  const { t } = useTranslation();
  const { provider, adaccount_id } = props.authorization;
  const [configuration, setConfiguration] = useState<Record<string, string>>({});
  const [account, setAccount] = useState(adaccount_id ?? '');
  const isOfLine = provider === 'line_ads';
  return (
    <ChangeDialog
      {...props}
      title={t('authorization.replaceSecret')}
      change={{
        configuration: filledIn(configuration),
        ...(account.trim() && { adaccount_id: account.trim() }),
      }}
      verified
      shown={[...(isOfLine ? ['adaccount_id'] : []), ...fields.map(({ key }) => `configuration.${key}`)]}
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
          {isOfLine && <VerifyWith value={account} error={errors.adaccount_id} onChange={setAccount} />}
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
  /** What is changed is verified first. */
  readonly verified?: boolean;
  readonly children: (errors: Readonly<Record<string, string>>) => ReactNode;
}

function ChangeDialog({
  authorization,
  onClose,
  title,
  change,
  shown,
  verified,
  children,
}: ChangeDialogProps) {
  const { t } = useTranslation();
  const fieldErrors = useFieldErrors();
  const toast = useToast();
  const saySaved = useSaySaved();
  const { id, revision } = authorization;
  const save = useChange(changeAuthorization(id), {
    onSuccess: (saved) => (verified ? saySaved(saved) : toast.done(t('authorization.saved'))),
    onUpdated: onClose,
  });
  const send = (verify: 'first' | 'anyway') =>
    save.mutate({ ...change, ...(verified && { verify }), revision });
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send('first');
        }}
      >
        <Stack gap="md">
          {children(fieldErrors(save.error))}
          <SaveFailure
            error={save.error}
            shown={shown}
            isSaving={save.isPending}
            onSaveAnyway={() => send('anyway')}
          />
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

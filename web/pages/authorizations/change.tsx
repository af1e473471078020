/** Dialogs: label and description; new credentials, which replace the old ones whole. */
import { Text, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Authorization } from '../../../src/contracts/authorizations.ts';
import type { ConfigurationField } from '../../../src/contracts/providers/index.ts';
import { changeAuthorization, takeOver } from '../../api/authorizations.ts';
import { useChange } from '../../api/change.ts';
import { useDestination } from '../../api/providers.ts';
import {
  ChangedMeanwhile,
  isChangedMeanwhile,
  otherFailure,
  useMeanwhile,
} from '../../components/changed-meanwhile.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { useToast } from '../../components/toast.ts';
import { newAuthorizationRules } from '../../forms/rules/line.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { blankConfiguration, ConfigurationFields, filledIn } from './configuration-fields.tsx';
import { SaveFailure, useSaySaved, VerifyWith } from './saving.tsx';

interface DialogProps {
  readonly authorization: Authorization;
  readonly onClose: () => void;
}

export function EditAuthorization({ authorization, onClose }: DialogProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  /** As it was when the dialog was opened: the page loads it again meanwhile. */
  const [opened, setOpened] = useState(authorization);
  const meanwhile = useMeanwhile(aboutOf);
  const { id, revision } = opened;
  const save = useChange(changeAuthorization(id), {
    onSuccess: () => toast.done(t('authorization.saved')),
    onUpdated: onClose,
    onError: async (error) => {
      if (!isChangedMeanwhile(error)) return;
      const now = await takeOver(queries, id);
      meanwhile.meet(form, opened, now);
      setOpened(now);
    },
  });
  const form = useApiForm({
    rules: newAuthorizationRules,
    initialValues: aboutOf(opened),
    body: (values) => values,
    save,
  });
  return (
    <FormDialog
      title={t('authorization.edit')}
      isSaving={save.isPending}
      failure={otherFailure(form.failure)}
      onClose={onClose}
      onSubmit={form.onSubmit((change) => save.mutate({ ...change, revision }))}
    >
      <ChangedMeanwhile
        found={meanwhile.found}
        labelOf={(path) => t(path === 'label' ? 'authorization.label' : 'form.description')}
      />
      <TextInput label={t('authorization.label')} data-autofocus {...form.field('label')} />
      <Textarea label={t('form.description')} autosize minRows={2} {...form.field('description')} />
    </FormDialog>
  );
}

const aboutOf = ({ label, description }: Authorization) => ({ label, description });

export function ReplaceSecret({
  fields,
  authorization,
  onClose,
}: DialogProps & { fields: readonly ConfigurationField[] }) {
  const { t } = useTranslation();
  const saySaved = useSaySaved();
  const { id, provider, adaccount_id, revision } = authorization;
  const destination = useDestination(provider);
  const queries = useQueryClient();
  const save = useChange(changeAuthorization(id), {
    onSuccess: saySaved,
    onUpdated: onClose,
    // What was typed stays, and can be saved after a look at what the failure says.
    onError: async (error) => {
      if (isChangedMeanwhile(error)) await takeOver(queries, id);
    },
  });
  const form = useApiForm({
    rules: newAuthorizationRules,
    initialValues: { configuration: blankConfiguration(fields), adaccount_id: adaccount_id ?? '' },
    body: (values) => ({
      configuration: filledIn(values.configuration),
      adaccount_id: values.adaccount_id.trim() || undefined,
    }),
    save,
  });
  const send = (change: ReturnType<typeof form.getTransformedValues>, verify: 'first' | 'anyway') =>
    save.mutate({ ...change, verify, revision });
  return (
    <FormDialog
      title={t('authorization.replaceSecret')}
      isSaving={save.isPending}
      failure={
        <SaveFailure
          error={save.error}
          isWhole={form.failure !== null}
          isSaving={save.isPending}
          onSaveAnyway={() => send(form.getTransformedValues(), 'anyway')}
        />
      }
      onClose={onClose}
      onSubmit={form.onSubmit((change) => send(change, 'first'))}
    >
      <Text fz="sm" c="dimmed">
        {t('authorization.replaceSecret.detail')}
      </Text>
      <ConfigurationFields method={authorization.method} fields={fields} field={form.field} />
      {destination?.account === 'ad_account' && <VerifyWith {...form.field('adaccount_id')} />}
    </FormDialog>
  );
}

/** Connecting with a code that the page of the destination shows. */
import { Text, TextInput } from '@mantine/core';
import type { Authorization } from '../../../../src/contracts/authorizations.ts';
import { enterConsentCode } from '../../../api/authorizations.ts';
import { useChange } from '../../../api/change.ts';
import { ApiError } from '../../../api/client.ts';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { Note } from '../../../components/note.tsx';
import { Outside } from '../../../components/outside.tsx';
import { Failure, useErrorText } from '../../../components/states.tsx';
import { consentCodeRules } from '../../../forms/rules/line.build.ts';
import { useApiForm } from '../../../forms/use-api-form.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { Replace } from './outcome.tsx';

/** The usual title of a refusal is about a key. */
function CodeFailure({ error }: { error: Error }) {
  const { t } = useTranslation();
  const { detail } = useErrorText()(error);
  if (!(error instanceof ApiError) || error.code !== 'line_unauthorized') return <Failure error={error} />;
  return <Note title={t('connection.code.refused')}>{detail}</Note>;
}

interface CodeDialogProps {
  readonly id: string;
  /** Where a person consents. */
  readonly url: string;
  readonly isBusy: boolean;
  /** Begins again, for another Business ID than before. */
  readonly onReplace: () => void;
  readonly onClose: () => void;
  readonly onConnected: (authorization: Authorization) => void;
}

export function CodeDialog({ id, url, isBusy, onReplace, onClose, onConnected }: CodeDialogProps) {
  const { t } = useTranslation();
  const save = useChange(enterConsentCode(id), { onUpdated: onConnected });
  const form = useApiForm({
    rules: consentCodeRules,
    initialValues: { code: '' },
    body: ({ code }) => ({ code: code.trim() }),
    save,
  });
  const isAnother = form.failure instanceof ApiError && form.failure.code === 'consent_of_another';
  const replace = () => {
    form.reset();
    save.reset();
    onReplace();
  };
  return (
    <FormDialog
      title={t('connection.code.title')}
      action={t('connection.connect')}
      isSaving={save.isPending}
      failure={
        form.failure && (
          <div>
            <CodeFailure error={form.failure} />
            {isAnother && <Replace isBusy={isBusy} onReplace={replace} />}
          </div>
        )
      }
      onClose={onClose}
      onSubmit={form.onSubmit((body) => save.mutate(body))}
    >
      <div>
        <Outside href={url}>{t('connection.code.open')}</Outside>
        <Text fz="sm" mt={4}>
          {t('connection.code.detail')}
        </Text>
      </div>
      <TextInput
        label={t('connection.code')}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        {...form.field('code')}
      />
    </FormDialog>
  );
}

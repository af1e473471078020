/** Connecting with a code that the page of the destination shows. */
import { Text, TextInput } from '@mantine/core';
import type { Authorization } from '../../../../src/contracts/authorizations.ts';
import { connectionTexts as texts } from '../../../../src/contracts/consent-texts.ts';
import { enterConsentCode } from '../../../api/authorizations.ts';
import { useChange } from '../../../api/change.ts';
import { ApiError } from '../../../api/client.ts';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { Note } from '../../../components/note.tsx';
import { Outside } from '../../../components/outside.tsx';
import { Failure, useErrorText } from '../../../components/states.tsx';
import { consentCodeRules } from '../../../forms/rules/line.build.ts';
import { useApiForm } from '../../../forms/use-api-form.ts';
import { useProviderText } from '../../../lib/provider-text.ts';
import { Replace } from './outcome.tsx';

/** The usual title of a refusal is about a key. */
function CodeFailure({ error }: { error: Error }) {
  const say = useProviderText();
  const { detail } = useErrorText()(error);
  if (!(error instanceof ApiError) || error.code !== 'line_unauthorized') return <Failure error={error} />;
  return <Note title={say(texts.codeRefused)}>{detail}</Note>;
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
  const say = useProviderText();
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
      title={say(texts.codeTitle)}
      action={say(texts.connect)}
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
        <Outside href={url}>{say(texts.codeOpen)}</Outside>
        <Text fz="sm" mt={4}>
          {say(texts.codeDetail)}
        </Text>
      </div>
      <TextInput label={say(texts.code)} autoComplete="off" spellCheck={false} data-autofocus {...form.field('code')} />
    </FormDialog>
  );
}

/** Saving credentials that are verified first: what they are verified with, and what is said of them. */
import { Button, Group, Text, TextInput, type TextInputProps } from '@mantine/core';
import type { Authorization } from '../../../src/contracts/authorizations.ts';
import { ApiError } from '../../api/client.ts';
import { Note } from '../../components/note.tsx';
import { Failure, useErrorText } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';

/** LINE's keys are verified with an ad account. @param field connects it to the form */
export function VerifyWith(field: TextInputProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t('authorization.verifyWith')}
      description={t('authorization.verifyWith.hint')}
      placeholder="A12345678901"
      spellCheck={false}
      {...field}
    />
  );
}

interface SaveFailureProps {
  readonly error: Error | null;
  /** It says more than the fields show. */
  readonly isWhole: boolean;
  readonly isSaving: boolean;
  readonly onSaveAnyway: () => void;
}

/** Why nothing was saved. What was only not accepted may be saved all the same. */
export function SaveFailure({ error, isWhole, isSaving, onSaveAnyway }: SaveFailureProps) {
  const { t } = useTranslation();
  const explain = useErrorText();
  if (!error) return null;
  if (!(error instanceof ApiError) || error.code !== 'authorization_not_verified')
    return isWhole ? <Failure error={error} /> : null;
  const { title, detail } = explain(error);
  return (
    <Note title={title}>
      {isWhole && <Text fz="sm">{detail}</Text>}
      <Text fz="sm" c="dimmed" mt={4}>
        {t('authorization.notVerified.detail')}
      </Text>
      <Group mt="sm">
        <Button size="xs" variant="default" loading={isSaving} onClick={onSaveAnyway}>
          {t('authorization.saveAnyway')}
        </Button>
      </Group>
    </Note>
  );
}

/** Says how an authorization is that was just saved. */
export function useSaySaved(): (saved: Authorization) => void {
  const { t, translate } = useTranslation();
  const toast = useToast();
  return ({ health, health_reason, health_reason_sentence, connection }) => {
    // Nothing can be verified before.
    if (connection && !connection.connected) return toast.done(t('authorization.saved.connect'));
    if (health !== 'unhealthy') return toast.done(t(`authorization.saved.${health}`));
    const why = translate({ message: health_reason ?? '', sentence: health_reason_sentence });
    toast.warn(t('authorization.saved.unhealthy'), why);
  };
}

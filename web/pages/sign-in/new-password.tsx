/** A field for a password that is being chosen. */
import { PasswordInput } from '@mantine/core';
import { useTranslation } from '../../i18n/provider.tsx';

/** As `password` of src/contracts/people.ts wants it. */
const SHORTEST = 12;

interface NewPasswordProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string;
}

export function NewPassword({ value, onChange, error }: NewPasswordProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('signIn.newPassword')}
      description={t('signIn.newPassword.hint', { count: SHORTEST })}
      autoComplete="new-password"
      required
      withAsterisk={false}
      minLength={SHORTEST}
      maxLength={200}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
    />
  );
}

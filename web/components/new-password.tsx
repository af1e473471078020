/** A field for a password that is being chosen. */
import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useTranslation } from '../i18n/provider.tsx';

export function NewPassword(field: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('signIn.newPassword')}
      description={t('signIn.newPassword.hint', { count: field.minLength ?? 0 })}
      autoComplete="new-password"
      withAsterisk={false}
      visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
      {...field}
    />
  );
}

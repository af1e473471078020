/**
 * A field for a secret, or for a reference to one outside Lineup: that is no secret, and mistakes in it shall be seen.
 */
import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useState } from 'react';
import { isSecretReference } from '../../src/domain/values/secret-reference.ts';
import { useTranslation } from '../i18n/provider.tsx';

export function SecretInput(props: PasswordInputProps) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  return (
    <PasswordInput
      spellCheck={false}
      {...props}
      visible={isShown || isSecretReference(props.value)}
      onVisibilityChange={setShown}
      // No password manager shall offer to keep it.
      autoComplete="new-password"
      visibilityToggleButtonProps={{ 'aria-label': t('authorization.showSecret') }}
    />
  );
}

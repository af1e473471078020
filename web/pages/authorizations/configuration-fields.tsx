/** The fields of a method's configuration, from the registry. What is typed here is kept nowhere but in the form. */
import { PasswordInput, Textarea, TextInput } from '@mantine/core';
import type { ConfigurationField } from '../../../src/contracts/providers/index.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useProviderText } from '../../lib/provider-text.ts';

interface ConfigurationFieldsProps {
  readonly fields: readonly ConfigurationField[];
  /** Connects a field to the form. */
  readonly field: (path: `configuration.${string}`) => object;
}

export function ConfigurationFields({ fields, field }: ConfigurationFieldsProps) {
  const { t } = useTranslation();
  const say = useProviderText();
  return fields.map(({ key, label, hint, secret, required, multiline }) => {
    const common = {
      ...field(`configuration.${key}`),
      label: say(label),
      required,
      description: hint ? say(hint) : required ? undefined : t('form.optional'),
      spellCheck: false,
    };
    if (multiline) {
      return (
        <Textarea
          key={key}
          {...common}
          autosize
          minRows={2}
          maxRows={8}
          autoComplete="off"
          styles={{ input: secret ? hidden : monospace }}
        />
      );
    }
    return secret ? (
      <PasswordInput
        key={key}
        {...common}
        // No password manager shall offer to keep it.
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('authorization.showSecret') }}
      />
    ) : (
      <TextInput key={key} {...common} />
    );
  });
}

const monospace = { fontFamily: 'var(--mantine-font-family-monospace)' };
/** No browser has a password field of several lines. */
const hidden = { ...monospace, WebkitTextSecurity: 'disc' };

/** Nothing is filled in at first: what was saved is never given back. */
export const blankConfiguration = (fields: readonly ConfigurationField[]): Record<string, string> =>
  Object.fromEntries(fields.map(({ key }) => [key, '']));

/** Those that were filled in. */
export const filledIn = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values)
      .map(([key, value]) => [key, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  );

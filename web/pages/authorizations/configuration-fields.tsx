/** The fields of a method's configuration, from the registry. What is typed here is kept nowhere but in the form. */
import { PasswordInput, Textarea, TextInput } from '@mantine/core';
import type { ConfigurationField } from '../../../src/contracts/providers.ts';
import { useTranslation } from '../../i18n/provider.tsx';

interface ConfigurationFieldsProps {
  readonly fields: readonly ConfigurationField[];
  readonly values: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (values: Record<string, string>) => void;
}

export function ConfigurationFields({ fields, values, errors, onChange }: ConfigurationFieldsProps) {
  const { t, tIfKnown } = useTranslation();
  return fields.map(({ key, label, secret, required, multiline }) => {
    const common = {
      label: tIfKnown(`authorization.field.${key}`, label),
      required,
      value: values[key] ?? '',
      error: errors[`configuration.${key}`],
      onChange: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
        onChange({ ...values, [key]: event.currentTarget.value }),
      spellCheck: false,
    };
    if (multiline) {
      return (
        <Textarea
          key={key}
          {...common}
          description={required ? undefined : t('form.optional')}
          autosize
          minRows={2}
          maxRows={8}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
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
      <TextInput
        key={key}
        {...common}
        description={required ? undefined : tIfKnown(`authorization.field.${key}.hint`, t('form.optional'))}
      />
    );
  });
}

/** Those that were filled in. */
export const filledIn = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values)
      .map(([key, value]) => [key, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  );

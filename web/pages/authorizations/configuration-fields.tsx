/** The fields of a method's configuration, from the registry. What is typed here is kept nowhere but in the form. */
import { PasswordInput, Textarea, TextInput } from '@mantine/core';
import type { ConfigurationField } from '../../../src/contracts/providers/index.ts';
import { useTranslation } from '../../i18n/provider.tsx';

interface ConfigurationFieldsProps {
  readonly fields: readonly ConfigurationField[];
  /** Connects a field to the form. */
  readonly field: (path: `configuration.${string}`) => object;
}

export function ConfigurationFields({ fields, field }: ConfigurationFieldsProps) {
  const { t, tIfKnown } = useTranslation();
  return fields.map(({ key, label, secret, required, multiline }) => {
    const common = {
      ...field(`configuration.${key}`),
      label: tIfKnown(`authorization.field.${key}`, label),
      required,
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

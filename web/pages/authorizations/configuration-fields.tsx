/** The fields of a method's configuration, from the registry. What is typed here is kept nowhere but in the form. */
import { Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ConfigurationField } from '../../../src/contracts/providers/index.ts';
import { isSecretReference } from '../../../src/domain/values/secret-reference.ts';
import type { ProviderView } from '../../api/providers.ts';
import { SecretInput } from '../../components/secret-input.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useProviderText } from '../../lib/provider-text.ts';
import { urlStyles } from './connection-url.ts';

/** Few sources are databases. */
const laterDatabase = later(() => import('./database-connection.tsx'));

/** What the form gives to each field. */
interface Given {
  readonly value?: string;
  readonly error?: ReactNode;
  readonly onChange?: (value: string) => void;
}

interface ConfigurationFieldsProps {
  /** The id of the method. */
  readonly method: string;
  readonly fields: readonly ConfigurationField[];
  /** Connects a field to the form. */
  readonly field: (path: `configuration.${string}`) => object;
}

export function ConfigurationFields({ method, fields, field }: ConfigurationFieldsProps) {
  const { t } = useTranslation();
  const say = useProviderText();
  const style = urlStyles[method];
  const database = useLater(laterDatabase, style !== undefined);
  return fields.map(({ key, label, hint, secret, required, multiline }) => {
    const given: Given = field(`configuration.${key}`);
    const common = {
      ...(given as object),
      label: say(label),
      required,
      description: hint ? say(hint) : required ? undefined : t('form.optional'),
      spellCheck: false,
    };
    const isHidden = secret && !isSecretReference(given.value);
    if (multiline) {
      return (
        <Textarea
          key={key}
          {...common}
          autosize
          minRows={2}
          maxRows={8}
          autoComplete="off"
          styles={{ input: isHidden ? hidden : monospace }}
        />
      );
    }
    const input = secret ? <SecretInput key={key} {...common} /> : <TextInput key={key} {...common} />;
    if (key !== 'connection_url' || !style) return input;
    return (
      database && (
        <database.DatabaseConnection
          key={key}
          style={style}
          value={String(given.value ?? '')}
          error={given.error}
          path={`configuration.${key}`}
          // A form takes a value in place of an event, too.
          onChange={(url) => given.onChange?.(url)}
        >
          {input}
        </database.DatabaseConnection>
      )
    );
  });
}

const monospace = { fontFamily: 'var(--mantine-font-family-monospace)' };
/** No browser has a password field of several lines. */
const hidden = { ...monospace, WebkitTextSecurity: 'disc' };

/** Without the one that is chosen from a list after a person has connected the authorization. */
export const shownFields = ({ fields, consent }: ProviderView['methods'][number]): readonly ConfigurationField[] =>
  fields.filter(({ key }) => key !== consent?.chooses);

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

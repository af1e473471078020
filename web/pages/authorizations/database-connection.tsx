/** The connection of a database: host, user, password and so on, or one URL. What is typed is kept nowhere else. */
import { PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { type ConnectionParts, noParts, partsOf, tlsMeanings, type UrlStyle, urlOf } from './connection-url.ts';

interface DatabaseConnectionProps {
  readonly style: UrlStyle;
  /** The URL, which alone is sent. */
  readonly value: string;
  readonly error: ReactNode;
  readonly path: string;
  readonly onChange: (url: string) => void;
  /** The field for the URL itself. */
  readonly children: ReactNode;
}

export function DatabaseConnection({ style, value, error, path, onChange, children }: DatabaseConnectionProps) {
  const { t } = useTranslation();
  const [isUrl, setUrl] = useState(false);
  const [parts, setParts] = useState<ConnectionParts>(() => partsOf(value, style) ?? noParts);
  const change = (part: Partial<ConnectionParts>) => {
    const next = { ...parts, ...part };
    setParts(next);
    onChange(urlOf(next, style));
  };
  const text = (name: 'host' | 'port' | 'database' | 'user', more: object = {}) => (
    <TextInput
      label={t(`authorization.database.${name}`)}
      spellCheck={false}
      autoCapitalize="off"
      value={parts[name]}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
      {...more}
    />
  );
  const isMissing = (name: 'host' | 'user') => parts[name].trim() === '';
  const missing = (name: 'host' | 'user') => ({
    required: true,
    error: error && isMissing(name) ? t('form.required') : undefined,
  });
  const [, ...modes] = style.tls;
  return (
    <Stack gap="md">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be one of the form's */}
      <div className="chips" role="group" aria-label={t('authorization.database.by')}>
        {([false, true] as const).map((byUrl) => (
          <button
            key={String(byUrl)}
            type="button"
            className="chip"
            aria-pressed={isUrl === byUrl}
            onClick={() => {
              setUrl(byUrl);
              if (!byUrl) setParts(partsOf(value, style) ?? parts);
            }}
          >
            {t(byUrl ? 'authorization.database.url' : 'authorization.database.parts')}
          </button>
        ))}
      </div>
      {isUrl ? (
        children
      ) : (
        <Stack gap="md" data-path={path}>
          <div className="form-row">
            {text('host', missing('host'))}
            {text('port', { inputMode: 'numeric', placeholder: style.port })}
          </div>
          <div className="form-row">
            {text('database')}
            {text('user', missing('user'))}
          </div>
          <div className="form-row">
            <PasswordInput
              label={t('authorization.database.password')}
              // No password manager shall offer to keep it.
              autoComplete="new-password"
              visibilityToggleButtonProps={{ 'aria-label': t('authorization.showSecret') }}
              value={parts.password}
              onChange={(event) => change({ password: event.currentTarget.value })}
            />
            <Select
              label={t('authorization.database.tls')}
              allowDeselect={false}
              data={[
                { value: '', label: t('authorization.database.tls.auto') },
                ...modes.map((mode, index) => ({
                  value: mode,
                  label: t(`authorization.database.tls.${tlsMeanings[index] ?? 'name'}`),
                })),
              ]}
              value={parts.tls}
              onChange={(tls) => change({ tls: tls ?? '' })}
            />
          </div>
          {error && !isMissing('host') && !isMissing('user') && (
            <Text fz="sm" c="var(--mantine-color-error)" role="alert">
              {error}
            </Text>
          )}
        </Stack>
      )}
    </Stack>
  );
}

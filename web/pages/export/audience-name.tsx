/** The name of an audience at LINE, with its length. */
import { Text, TextInput, type TextInputProps } from '@mantine/core';
import { useTranslation } from '../../i18n/provider.tsx';

interface AudienceNameProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  readonly value: string;
  readonly maxNameLength: number;
  readonly onChange: (name: string) => void;
}

export function AudienceNameInput({ value, maxNameLength, onChange, ...props }: AudienceNameProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      {...props}
      label={t('form.audience_name')}
      required
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      rightSectionWidth={76}
      rightSection={
        <Text fz="xs" c="dimmed" className="numbers">
          {/* The destination counts characters, not UTF-16 units. */}
          {[...value].length} / {maxNameLength}
        </Text>
      }
    />
  );
}

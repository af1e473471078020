/** A field for a whole number. */
import { Text, TextInput, type TextInputProps } from '@mantine/core';

export interface NumberFieldProps extends Omit<TextInputProps, 'value' | 'min' | 'max' | 'onChange'> {
  /** An empty field has an empty text. */
  readonly value: number | '';
  readonly min: number;
  readonly max: number;
  /** The unit. */
  readonly unit?: string;
  readonly onChange: (value: number | '') => void;
}

export function NumberField({ value, min, max, unit, onChange, onBlur, ...props }: NumberFieldProps) {
  const digits = String(max).length;
  return (
    <TextInput
      {...props}
      inputMode="numeric"
      value={String(value)}
      onChange={(event) => {
        // Full-width digits too, as Japanese keyboards write them.
        const typed = event.currentTarget.value.normalize('NFKC').replace(/\D/g, '').slice(0, digits);
        onChange(typed === '' ? '' : Number(typed));
      }}
      onBlur={(event) => {
        if (value !== '') {
          const allowed = Math.min(max, Math.max(min, value));
          if (allowed !== value) onChange(allowed);
        }
        onBlur?.(event);
      }}
      rightSectionPointerEvents="none"
      rightSection={
        unit && (
          <Text fz="sm" c="dimmed">
            {unit}
          </Text>
        )
      }
    />
  );
}

/** A percentage, as wide as it can be long. */
export const PercentField = (props: Omit<NumberFieldProps, 'unit'>) => (
  <NumberField unit="%" styles={{ wrapper: { maxWidth: 120 } }} {...props} />
);

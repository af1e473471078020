/**
 * A drop-down list, whose options are in the page only while it has the focus. Mantine would keep those of every closed
 * list, and a form with hundreds of them would render all of them again with each key.
 */
import { Select as MantineSelect, type SelectProps as MantineSelectProps, type Primitive } from '@mantine/core';
import { useState } from 'react';

export type SelectProps<Value extends Primitive = string> = Omit<MantineSelectProps<Value>, 'comboboxProps'>;

export function Select<Value extends Primitive = string>(props: SelectProps<Value>) {
  // Before the list is open, because the first arrow key looks for the chosen option.
  const [hasFocus, setHasFocus] = useState(false);
  return (
    <MantineSelect
      checkIconPosition="right"
      {...props}
      comboboxProps={{ shadow: 'md', keepMounted: hasFocus }}
      onFocus={(event) => {
        setHasFocus(true);
        props.onFocus?.(event);
      }}
      onBlur={(event) => {
        setHasFocus(false);
        props.onBlur?.(event);
      }}
    />
  );
}

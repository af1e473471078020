/** Props that make a drop-down list clearable, also by keyboard. The library's own button works only with the mouse. */
import type { SelectProps } from '@mantine/core';
import type { MouseEvent } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

export function useClearable(): Pick<SelectProps, 'clearable' | 'clearButtonProps'> {
  const { t } = useTranslation();
  return {
    clearable: true,
    clearButtonProps: {
      'aria-label': t('form.clear'),
      'aria-hidden': undefined,
      tabIndex: 0,
      onClick: giveFocusToField,
    },
  };
}

/** The button disappears together with the value, so the field gets its focus. */
function giveFocusToField({ currentTarget }: MouseEvent<HTMLElement>): void {
  if (document.activeElement !== currentTarget) return;
  currentTarget.closest('.mantine-Input-wrapper')?.querySelector('input')?.focus();
}

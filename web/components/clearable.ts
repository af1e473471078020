/** What makes a drop-down list one that can be emptied, by keyboard too: the library's own button is for the mouse alone. */
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

/** The button is gone with what it cleared. */
function giveFocusToField({ currentTarget }: MouseEvent<HTMLElement>): void {
  if (document.activeElement !== currentTarget) return;
  currentTarget.closest('.mantine-Input-wrapper')?.querySelector('input')?.focus();
}

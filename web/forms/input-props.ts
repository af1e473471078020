import type { ReactNode } from 'react';

/** The properties that a form gives to an input beside its value, for inputs that several forms share. */
export interface InputProps {
  readonly error?: ReactNode;
  readonly 'data-path'?: string;
  readonly onBlur?: () => void;
}

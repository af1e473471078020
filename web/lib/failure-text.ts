/** A failure in the reader's words: what happened, and what can be done about it here. */
import type { LocalizedText } from '../../src/contracts/sentence.ts';
import { useTranslation } from '../i18n/provider.tsx';

export interface Failed extends LocalizedText {
  readonly code: string;
  /** The remote side's own word, which stays as it is. */
  readonly reason: string | null;
}

export interface FailureWords {
  readonly title: string;
  readonly detail: string;
  /** By LINE's word, else by the code; undefined where nothing is known. */
  readonly todo: string | undefined;
}

export function useFailureText(): (failure: Failed) => FailureWords {
  const { t, tIfKnown, translate } = useTranslation();
  return (failure) => {
    const { code, reason } = failure;
    const detail = translate(failure);
    const todo = tIfKnown(`todo.${reason}`, tIfKnown(`todo.${code}`, ''));
    return {
      title: tIfKnown(`error.${code}`, t('error.other')),
      detail: reason && !detail.includes(reason) ? `${detail} (${reason})`.trim() : detail,
      todo: todo || undefined,
    };
  };
}

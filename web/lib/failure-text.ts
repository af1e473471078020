/** Describes a failure in the reader's language: what happened, and what they can do about it. */
import { hasSystemCode, isSystemCode } from '../../src/domain/errors/system-codes.ts';
import type { LocalizedText } from '../../src/domain/text/sentence.ts';
import { useTranslation } from '../i18n/provider.tsx';

export interface Failed extends LocalizedText {
  readonly code: string;
  /** The reason that the remote side gave, unchanged. */
  readonly reason: string | null;
}

export interface FailureText {
  readonly title: string;
  readonly detail: string;
  /** By the reason, otherwise by the code; undefined when there is no advice. */
  readonly todo: string | undefined;
  /** The words for engineers, with the code of the system that `detail` leaves out. */
  readonly technical: string | undefined;
}

export function useFailureText(): (failure: Failed) => FailureText {
  const { t, tIfKnown, translate } = useTranslation();
  return (failure) => {
    const { code, reason, message } = failure;
    const isTechnical = reason !== null && isSystemCode(reason);
    const detail = translate(failure);
    const todo = tIfKnown(`todo.${reason}`, tIfKnown(`todo.${code}`, ''));
    return {
      title: tIfKnown(`error.${code}`, t('error.other')),
      detail: isTechnical ? detail : withReason(detail, reason),
      todo: todo || undefined,
      technical: isTechnical || hasSystemCode(message) ? withReason(message, reason) : undefined,
    };
  };
}

const withReason = (text: string, reason: string | null): string =>
  reason && !text.includes(reason) ? `${text} (${reason})`.trim() : text;
